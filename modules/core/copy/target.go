package copy

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/muster-run/muster/plugins/sdk"
)

// target is what the host has at the path.
type target struct {
	there bool
	info  sdk.FileInfo
	owned bool // by the owner that is wanted, or none is
}

// look reads the target.
func (j *job) look(ctx context.Context) (*target, error) {
	t := &target{owned: j.Owner == nil}
	var err error
	t.info, err = j.req.Conn.Stat(ctx, j.Path)
	switch {
	case errors.Is(err, sdk.ErrNotExist):
		return t, nil
	case err != nil:
		return nil, hostFailure("could not look at "+j.Path, "", err)
	case t.info.Mode.IsDir():
		return nil, &sdk.Failure{Class: sdk.Failed, Summary: j.Path + " is a directory", Arg: "path", State: "nothing was changed", Do: []string{"Name the file itself."}}
	case !t.info.Mode.IsRegular():
		return nil, &sdk.Failure{Class: sdk.Failed, Summary: j.Path + " is no regular file", Arg: "path", State: "nothing was changed"}
	}
	t.there = true
	if j.Owner != nil {
		t.owned, err = j.ownedBy(ctx)
	}
	return t, err
}

// wantMode is the mode that the file is to have, given what is there.
func (j *job) wantMode(t *target) fs.FileMode {
	switch {
	case j.Mode != nil:
		return parseMode(*j.Mode)
	case t.there && j.source.secret == nil:
		return t.info.Mode.Perm()
	}
	return 0o600
}

// sameContent compares; known is false where only sizes can be compared, and they are equal.
func (j *job) sameContent(t *target) (same, known bool) {
	switch {
	case !t.there || t.info.Size != j.source.size:
		return false, true
	case j.source.sha256 == "":
		return true, false
	}
	return strings.EqualFold(t.info.SHA256, j.source.sha256), true
}

// onHost is the path as a program's argument: programs start in the login's home, and no shell expands anything.
func (j *job) onHost() string {
	if rest, ok := strings.CutPrefix(j.Path, "~/"); ok {
		return "./" + rest
	}
	return j.Path
}

// ownedBy asks find, which compares by name and says the same on every system; -H follows a link at the path.
func (j *job) ownedBy(ctx context.Context) (bool, error) {
	user, group, both := strings.Cut(*j.Owner, ":")
	argv := []string{"find", "-H", j.onHost(), "-prune", "-user", user}
	if both {
		argv = append(argv, "-group", group)
	}
	res, err := j.req.Conn.Run(ctx, sdk.Command{Argv: argv, Effect: sdk.Read})
	if err != nil {
		return false, hostFailure("could not read the owner of "+j.Path, "", err)
	}
	if res.Status != 0 {
		return false, j.refused("could not read the owner of "+j.Path, argv, res)
	}
	return strings.TrimSpace(string(res.Stdout)) != "", nil
}

// chown sets the owner.
func (j *job) chown(ctx context.Context, state string) error {
	argv := []string{"chown", *j.Owner, j.onHost()}
	res, err := j.req.Conn.Run(ctx, sdk.Command{Argv: argv, Effect: sdk.Idempotent})
	if err != nil {
		return hostFailure("could not set the owner of "+j.Path, state, err)
	}
	if res.Status != 0 {
		f := j.refused("could not set the owner of "+j.Path, argv, res)
		f.State = state
		f.Do = []string{"Hosts permit this to root. Log in as the user who is to own the file, or leave owner out."}
		return f
	}
	return nil
}

func (j *job) refused(summary string, argv []string, res *sdk.CommandResult) *sdk.Failure {
	return &sdk.Failure{Class: sdk.Failed, Summary: summary, Arg: "owner",
		What: fmt.Sprintf("ran: %s\nstatus %d: %s", strings.Join(argv, " "), res.Status, strings.TrimSpace(strings.ToValidUTF8(string(res.Stderr), "?")))}
}

// hostFailure makes a failure of an error of the connection.
func hostFailure(summary, state string, err error) error {
	f := &sdk.Failure{Class: sdk.Failed, Summary: summary, Why: sdk.Reason(err), State: state, Err: err}
	low := strings.ToLower(err.Error())
	switch {
	case errors.Is(err, sdk.ErrUnreachable):
		f.Class = sdk.Unreachable
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		f.Class = sdk.Timeout
	case errors.Is(err, sdk.ErrNotExist):
		f.Arg, f.Do = "path", []string{"Make the directory, or have it made: make_dirs = true."}
	case strings.Contains(low, "space"), strings.Contains(low, "quota"), strings.Contains(low, "disk"):
		f.Do = []string{"Make room on the host's disk."}
	case strings.Contains(low, "permission"), strings.Contains(low, "denied"):
		f.Do = []string{"Log in as a user who may write there."}
	}
	return f
}
