package view

import (
	"fmt"
	"io"
	"strings"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/report"
)

// failure writes what happened on a host as where, what, why, state and do.
func (p *Plain) failure(w io.Writer, f *report.Failure) {
	d := f.First.Diag
	if d == nil {
		d = &diag.Diagnostic{Code: codes[f.First.Status], Summary: f.Summary()}
	}
	fmt.Fprintf(w, "\n%s: %s\n\n", styled(bold+red, "Error["+d.Code+"]"), styled(bold, d.Summary))
	where := d.Where
	if where == "" {
		where = strings.Replace(f.First.Node.String(), ": ", ", ", 1)
	}
	if d.Subject != nil {
		where += fmt.Sprintf("\n%s:%d", d.Subject.Filename, d.Subject.Start.Line)
	}
	why := d.Detail
	if why == "" {
		why = diag.Text(d.Code)
	}
	do := d.Do
	if d.Advice != "" {
		do = append([]string{d.Advice}, do...)
	}
	for _, part := range []struct{ name, text string }{
		{"where", where}, {"what", d.What}, {"why", why}, {"state", d.State}, {"do", strings.Join(do, "\n")},
	} {
		block(w, part.name, part.text)
	}
	if len(f.Hosts) > 1 {
		block(w, "hosts", fmt.Sprintf("the same on %s: %s", count(len(f.Hosts), "host"), Hosts(f.Hosts, p.width-20)))
	}
}

// codes stand in where an event carries no diagnostic.
var codes = map[event.Status]string{
	event.Failed: diag.NodeFailed, event.Unreachable: diag.HostUnreachable, event.Unknown: diag.OutcomeUnknown,
}

// block writes a name and its text, later lines under the first.
func block(w io.Writer, name, text string) {
	text = strings.TrimSpace(text)
	if text == "" {
		return
	}
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			name = ""
		}
		fmt.Fprintf(w, "  %-7s %s\n", name, strings.TrimRight(line, " "))
	}
}
