package bwcli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/muster-run/muster/plugins/sdk"
)

// Whatever breaks a conversation, the failure says what is changed and what to do.
func TestLostConversationsHaveStateAndAdvice(t *testing.T) {
	for _, err := range []error{context.DeadlineExceeded, context.Canceled, fmt.Errorf("%w: reset", sdk.ErrUnreachable), io.EOF, errEnded, errors.New("odd")} {
		for _, effect := range []sdk.Effect{sdk.Read, sdk.Idempotent, sdk.Once} {
			f := lostFailure("no answer", effect, "", err)
			if f.State == "" || len(f.Do) == 0 || f.Why == "" {
				t.Errorf("%v, %s: %+v", err, effect, f)
			}
		}
	}
	for _, text := range []string{"", "bash: bwcli: command not found", "Permission denied", "Too many sessions"} {
		if f := notStarted(text); f.State == "" || len(f.Do) == 0 {
			t.Errorf("%q: %+v", text, f)
		}
	}
}

func TestMoreTime(t *testing.T) {
	for given, want := range map[time.Duration]string{
		0:                                     "Give the restart more time: raise the timeout of its run block.",
		time.Second:                           `Give the restart more time: run { timeout = "1m" }.`,
		10*time.Minute - 300*time.Millisecond: `Give the restart more time: run { timeout = "20m" }.`,
	} {
		if got := MoreTime("restart", given); got != want {
			t.Errorf("%s: got %q, want %q", given, got, want)
		}
	}
}
