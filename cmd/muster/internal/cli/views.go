package cli

import (
	"io"

	"github.com/muster-run/muster/cmd/muster/internal/view"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
)

// sinks are the views of a run.
type sinks struct {
	all   []event.Sink
	plain *view.Plain // nil when everything goes out as JSON
	json  *view.JSON  // set when everything does
}

// views chooses once how a run is shown.
func (a *app) views(f *runFlags) sinks {
	if f.json {
		j := view.NewJSON(a.Out)
		return sinks{all: []event.Sink{j}, json: j}
	}
	s := sinks{plain: view.NewPlain(view.Options{Out: a.Out, Err: a.Err, Verbose: f.verbose, Quiet: f.progress == "json"})}
	s.all = []event.Sink{s.plain}
	if f.progress == "json" {
		s.all = append(s.all, view.NewJSON(a.Err))
	}
	return s
}

// show writes diagnostics to stderr, errors with a closing count.
func (a *app) show(p problems) {
	for _, d := range p.Diagnostics {
		a.problemWriter(p.sources)(a.Err, d)
	}
	a.closing(p.Diagnostics)
}

func (a *app) problemWriter(sources map[string][]byte) func(io.Writer, diag.Diagnostic) {
	return func(w io.Writer, d diag.Diagnostic) { render(w, d, sources) }
}
