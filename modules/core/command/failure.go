package command

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/muster-run/muster/plugins/sdk"
)

// failure tells how a program ended and the end of what it said.
func (j *job) failure(argv []string, res *sdk.CommandResult, summary string) *sdk.Failure {
	f := &sdk.Failure{Class: sdk.Failed, Summary: summary, What: fmt.Sprintf("ran: %s\nstatus %d", shown(argv), res.Status)}
	said := tail(plain(res.Stderr))
	if said == "" {
		said = tail(plain(res.Stdout))
	}
	if said != "" {
		f.What += "\nsaid: " + said
	}
	switch {
	case res.Status == 127:
		f.Why, f.Do = "the host's shell does not find it", []string{"Give its whole path: the path of a command's shell is shorter than that of a login."}
	case res.Status == 126:
		f.Why = "it may not be executed"
	case res.Status < 0 || res.Status > 128:
		f.Why = "it was ended by a signal"
	default:
		f.Why, f.Do = "its exit status is not among ok_status", []string{"If this status means success, name it: ok_status = [0, …]."}
	}
	if j.Effect != string(sdk.Read) {
		f.State = "what the program did until then stays"
	}
	return f
}

// tail is the end of an output, as much as a person reads.
func tail(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) > 6 {
		lines = append([]string{"…"}, lines[len(lines)-5:]...)
	}
	out := strings.Join(lines, "\n")
	if len(out) > 800 {
		out = "…" + strings.ToValidUTF8(out[len(out)-800:], "")
	}
	return out
}

// hostFailure makes a failure of an error of the connection.
func hostFailure(summary string, effect sdk.Effect, err error) error {
	f := &sdk.Failure{Class: sdk.Failed, Summary: summary, Why: sdk.Reason(err), Err: err}
	switch {
	case errors.Is(err, sdk.ErrUnreachable):
		f.Class = sdk.Unreachable
	case errors.Is(err, context.DeadlineExceeded):
		f.Class, f.Why = sdk.Timeout, "it did not end within the task's time"
		f.Do = []string{"If it only needs longer, raise the timeout of the task's run block."}
	case errors.Is(err, context.Canceled):
		f.Class, f.Why = sdk.Timeout, "the run was interrupted"
	default:
		return f
	}
	if effect == sdk.Once {
		f.Class, f.State = sdk.Uncertain, "the program was started; how far it came is not known"
	}
	return f
}

// shown is a command line as a person would type it.
func shown(argv []string) string {
	words := make([]string, len(argv))
	for i, w := range argv {
		words[i] = w
		if w == "" || strings.ContainsFunc(w, func(r rune) bool { return !strings.ContainsRune(bare, r) }) {
			words[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}

// bare are the characters that need no quotes.
const bare = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-"
