package cli

import (
	"errors"
	"fmt"

	"github.com/muster-run/muster/engine/diag"
)

// Exit codes. They are documented in every command's help and never change their meaning.
const (
	exitOK          = 0   // done; a plan was read, with or without changes
	exitUsage       = 1   // an error before anything was changed
	exitChanges     = 2   // plan --detailed-exitcode: there are changes
	exitFailed      = 3   // hosts failed, refused the login, showed a wrong key, or ended unknown
	exitUnreachable = 4   // nothing failed, but hosts were not reachable
	exitStopped     = 5   // a rollout stopped by its own rule
	exitPromotion   = 6   // nothing but a promotion is waited for, and nobody could be asked
	exitControl     = 7   // this machine failed during the run
	exitInterrupted = 130 // Ctrl-C, or aborted
	exitTerminated  = 143 // SIGTERM
)

// code ends a command whose screens have said everything.
type code int

func (c code) Error() string { return fmt.Sprintf("exit %d", int(c)) }

// problems ends a command with diagnostics that were found before anything was contacted.
type problems struct {
	diag.Diagnostics
	sources   map[string][]byte
	contacted bool // hosts were asked, and nothing was changed there
}

func (p problems) Error() string { return fmt.Sprintf("%d problems", len(p.Diagnostics)) }

// problem is one of the command line's own.
func problem(d diag.Diagnostic) error { return problems{Diagnostics: diag.Diagnostics{d}} }

// refusedByHosts is a problem that only the hosts could tell.
func refusedByHosts(d diag.Diagnostic) error {
	return problems{Diagnostics: diag.Diagnostics{d}, contacted: true}
}

// exit shows what is left to be shown of a command's end and gives its code.
func (a *app) exit(err error) int {
	var c code
	var p problems
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &c):
		return int(c)
	case errors.As(err, &p):
		a.show(p)
		return exitUsage
	}
	a.show(problems{Diagnostics: diag.Diagnostics{{
		Code:    diag.InternalFault,
		Summary: err.Error(),
		Advice:  "If this should not happen, please report it with the command line and `muster version`.",
	}}})
	return exitUsage
}
