package diag

import (
	"errors"
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Cause is an error that knows how to be told to a user but not where: a function of the language returns it, a file
// reader does. Whoever knows the place makes it a Diagnostic.
type Cause struct {
	Code, Summary, Detail, Advice string
	Err                           error // for errors.Is; not shown
}

// Causef is a Cause with a formatted detail.
func Causef(code, summary, advice, detail string, args ...any) *Cause {
	return &Cause{Code: code, Summary: summary, Advice: advice, Detail: fmt.Sprintf(detail, args...)}
}

// Error gives summary and detail in one line.
func (c *Cause) Error() string {
	if c.Detail == "" {
		return c.Summary
	}
	return c.Summary + ": " + c.Detail
}

// Unwrap returns Err.
func (c *Cause) Unwrap() error { return c.Err }

// Diagnostic is the cause with the place it was met at, which may be nil.
func (c *Cause) Diagnostic(subject *hcl.Range) Diagnostic {
	return Diagnostic{Code: c.Code, Summary: c.Summary, Detail: c.Detail, Advice: c.Advice, Subject: subject}
}

// FromError tells an error as a diagnostic: as its own Cause where it has one, else with the code, summary and advice given.
func FromError(err error, subject *hcl.Range, code, summary, advice string) Diagnostic {
	var c *Cause
	if errors.As(err, &c) {
		return c.Diagnostic(subject)
	}
	return Diagnostic{Code: code, Summary: summary, Detail: sentence(err.Error()), Advice: advice, Subject: subject}
}

// callCause finds the Cause that a function of the language returned, inside the library's diagnostic of the call.
func callCause(h *hcl.Diagnostic) (*Cause, bool) {
	extra, ok := hcl.DiagnosticExtra[hclsyntax.FunctionCallDiagExtra](h)
	if !ok {
		return nil, false
	}
	var c *Cause
	return c, errors.As(extra.FunctionCallError(), &c)
}
