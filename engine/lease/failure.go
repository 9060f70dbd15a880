package lease

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/muster-run/muster/engine/transport"
	"github.com/muster-run/muster/plugins/sdk"
)

// unreachable is the failure of a host that cannot be asked: it keeps the words of whoever tried.
func (h *host) unreachable(ctx context.Context, err error) error {
	var f *sdk.Failure
	if errors.As(err, &f) {
		return f
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return context.Cause(ctx)
	}
	return &sdk.Failure{
		Class:   sdk.Unreachable,
		Summary: "cannot ask " + h.target.Host + " for its lease",
		Why:     oneLine(err.Error()),
		Do:      []string{"check that the host can be reached and answers: its lease is not known before it does"},
		Err:     err,
	}
}

// refused is the failure of a host that answered, and could not do it.
func (h *host) refused(complaint string) error {
	f := &sdk.Failure{
		Class:   sdk.Failed,
		Summary: "cannot write the lease on " + h.target.Host,
		Why:     complaint,
		State:   "nothing was changed on the host",
		Do:      []string{fmt.Sprintf("log in as %s and see why this fails: mkdir -p ~/.muster && date > ~/.muster/try", h.target.User)},
	}
	for part, do := range map[string]string{
		"No space left":           "free space on the disk of ~/.muster",
		"quota exceeded":          "free space under the quota of " + h.target.User,
		"Read-only file system":   "make the home directory writable, or log in as a user who has one",
		"Permission denied":       "let " + h.target.User + " write ~/.muster, or log in as a user who can",
		"No such file":            "make the home directory of " + h.target.User + ", or log in as a user who has one",
		"not a shell":             "log in as a user with a POSIX shell",
		"account is currently no": "log in as a user with a POSIX shell",
	} {
		if strings.Contains(strings.ToLower(complaint), strings.ToLower(part)) {
			f.Do = []string{do}
		}
	}
	return f
}

// foreign is the failure of a host where something else stands in the way.
func (h *host) foreign(complaint string) error {
	why := "~/.muster/lease is there and is no lease that muster made"
	if complaint != "" {
		why += ": " + complaint
	}
	return &sdk.Failure{
		Class:   sdk.Failed,
		Summary: "cannot take the lease of " + h.target.Host,
		Why:     why,
		State:   "nothing was changed on the host",
		Do:      []string{fmt.Sprintf("log in as %s, look at it, and remove it when no run needs it: rm -r ~/.muster/lease", h.target.User)},
	}
}

// stays is the failure of a host that does not let go of our lease.
func (h *host) stays(complaint string) error {
	return &sdk.Failure{
		Class:   sdk.Failed,
		Summary: "cannot give back the lease of " + h.target.Host,
		Why:     complaint,
		State:   fmt.Sprintf("it ends by itself %s after its last renewal", h.opts.Stale),
	}
}

// lost is the failure of a host whose lease is not ours any more.
func (h *host) lost(s state) error {
	why := "~/.muster/lease was removed by somebody else"
	switch {
	case s.owner.ID != "":
		why = "it was not renewed in time, and " + s.owner.String() + " took it"
	case s.token != nil:
		why = "it was not renewed in time, and another run took it"
	}
	return &sdk.Failure{
		Class:   sdk.Failed,
		Summary: "the lease of " + h.target.Host + " is lost",
		Why:     why,
		Do:      []string{"wait until the other run has ended, then go on with: muster resume"},
		Err:     errTaken,
	}
}

// overdue is the failure of a host that could not be renewed for the stale time.
func (h *host) overdue(last error) error {
	f := &sdk.Failure{
		Class:   sdk.Unreachable,
		Summary: "the lease of " + h.target.Host + " is lost",
		Why:     fmt.Sprintf("it was not renewed for %s, and another run may take it", h.opts.Stale),
		Do:      []string{"when the host answers again, go on with: muster resume"},
		Err:     last,
	}
	if last != nil {
		f.Why += ": " + oneLine(last.Error())
	}
	return f
}

// complaint is the last line that a command wrote to its error output, which is the one that says why it ended.
func complaint(res *sdk.CommandResult) string {
	lines := strings.FieldsFunc(string(res.Stderr), func(r rune) bool { return r == '\n' || r == '\r' })
	for _, l := range slices.Backward(lines) {
		if l = oneLine(l); l != "" {
			return l
		}
	}
	if res.Status != 0 {
		return fmt.Sprintf("the shell ended with status %d and said nothing", res.Status)
	}
	return ""
}

// cannotAsk tells the hosts that are left out from those that answered.
func cannotAsk(err error) bool {
	var f *sdk.Failure
	for _, class := range []error{transport.ErrUnreachable, transport.ErrAuth, transport.ErrHostKey} {
		if errors.Is(err, class) {
			return true
		}
	}
	return errors.As(err, &f) && f.Class == sdk.Unreachable
}
