// Package diag holds diagnostics: problems that a user made or can mend, as opposed to errors, which are the program's.
//
// A diagnostic says where (file, line and column, or a flag), what, why and what to do next, and carries a code. Whoever
// finds a problem may not know the place; the caller that does adds it. Printing is in printer.go.
package diag

import (
	"github.com/hashicorp/hcl/v2"
)

// Severity of a diagnostic.
type Severity int

// An Error keeps a run from starting, or fails a node; a Warning and a Note do not.
const (
	Error Severity = iota
	Warning
	Note
)

// Diagnostic is one problem. Code and Summary are never empty.
type Diagnostic struct {
	Severity Severity
	Code     string     // "E0203"; codes.go lists them all
	Summary  string     // one line, without a full stop
	Detail   string     // the cause, in whole sentences
	Advice   string     // the next step: `Did you mean "context"?`
	Subject  *hcl.Range // the words to underline
	Context  *hcl.Range // more lines to show around the subject
	In       string     // what it stands in: `play "cti", task "anchors"`
	Source   string     // in place of Subject for what is not a file: `command line, --limit 'xps'`
	Mark     *Mark      // what to underline in Source

	// Parts of a problem met on a host; a static diagnostic leaves them empty.
	Where string // `xsp01.fra (127.0.1.1), cti.task.anchors["root"], attempt 1 of 3`
	What  string // what was sent and answered
	State string // what is changed and what is not
	Do    []string
}

// Mark is a half-open range of bytes in Diagnostic.Source.
type Mark struct{ From, To int }

// Diagnostics is a list in the order found.
type Diagnostics []Diagnostic

// HasErrors reports whether any of them is an Error.
func (ds Diagnostics) HasErrors() bool {
	for _, d := range ds {
		if d.Severity == Error {
			return true
		}
	}
	return false
}
