package cli

import (
	"fmt"
	"strings"

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

// show writes diagnostics to stderr, and under errors how many they are.
func (a *app) show(p problems) {
	_ = a.printer(p.sources).Print(a.Err, p.Diagnostics...) // writing to Err never fails, see quiet
	errors, warnings := tally(p.Diagnostics)
	if errors > 0 {
		fmt.Fprintf(a.Err, "\n%s, %s. Nothing was contacted.\n", plural(errors, "error"), plural(warnings, "warning"))
	}
}

// printer writes diagnostics with snippets of the given files. Colour is taken out again where it does not belong.
func (a *app) printer(files map[string][]byte) diag.Printer {
	return diag.Printer{Sources: files, WorkDir: a.Dir, Width: 100, Color: true, ASCII: !a.unicode()}
}

// unicode reports whether the locale is one of UTF-8: not every terminal shows what is not ASCII.
func (a *app) unicode() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := strings.ToUpper(a.env(name)); value != "" {
			return strings.Contains(value, "UTF-8") || strings.Contains(value, "UTF8")
		}
	}
	return false
}

func (a *app) env(name string) string {
	for _, kv := range a.Environ {
		if value, ok := strings.CutPrefix(kv, name+"="); ok {
			return value
		}
	}
	return ""
}

// tally counts errors and warnings.
func tally(ds diag.Diagnostics) (errors, warnings int) {
	for _, d := range ds {
		switch d.Severity {
		case diag.Error:
			errors++
		case diag.Warning:
			warnings++
		}
	}
	return errors, warnings
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
