package view

import (
	"fmt"
	"io"
	"strings"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/report"
)

// failure writes what happened on a host as where, what, why, state and do, and on how many hosts it did.
func (p *Plain) failure(w io.Writer, f *report.Failure) {
	d := diag.Diagnostic{Code: codes[f.First.Status], Summary: f.Summary()}
	if f.First.Diag != nil {
		d = *f.First.Diag
	}
	if d.Where == "" {
		d.Where = strings.Replace(f.First.Node.String(), ": ", ", ", 1)
	}
	if d.Detail == "" {
		d.Detail = diag.Text(d.Code)
	}
	fmt.Fprintln(w)
	p.problem(w, d)
	if len(f.Hosts) > 1 {
		fmt.Fprintf(w, "  hosts   the same on %s: %s\n", count(len(f.Hosts), "host"), Hosts(f.Hosts, p.width-30))
	}
}

// problem writes a diagnostic.
func (p *Plain) problem(w io.Writer, d diag.Diagnostic) {
	_ = p.Printer.Print(w, d) // a reader that has gone is no error, see the package comment
}

// codes stand in where an event carries no diagnostic.
var codes = map[event.Status]string{
	event.Failed: diag.NodeFailed, event.Unreachable: diag.HostUnreachable, event.Unknown: diag.OutcomeUnknown,
}
