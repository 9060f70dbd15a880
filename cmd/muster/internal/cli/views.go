package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/muster-run/muster/cmd/muster/internal/view"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
)

// display is how a run is shown, chosen once.
type display struct {
	*app
	sinks []event.Sink
	plain *view.Plain // nil with --json
	json  *view.JSON  // nil where only people read
	words io.Writer   // for people, beside the views; nothing where stderr is JSON
}

func (a *app) display(f *runFlags) *display {
	d := &display{app: a, words: a.Err}
	if f.json {
		d.json = view.NewJSON(a.Out)
		d.sinks = []event.Sink{d.json}
		return d
	}
	if f.progress == "json" {
		d.json, d.words = view.NewJSON(a.Err), io.Discard
		d.sinks = []event.Sink{d.json}
	}
	d.plain = view.NewPlain(view.Options{Out: a.Out, Err: d.words, Verbose: f.verbose})
	d.sinks = append(d.sinks, d.plain)
	return d
}

// say shows what was found before the run and does not keep it from starting.
func (d *display) say(p problems, notes []string) {
	if d.json == nil {
		d.show(p)
		for _, note := range notes {
			fmt.Fprintln(d.words, "Note: "+note)
		}
		return
	}
	d.json.Diagnostics(p.Diagnostics)
	for _, note := range notes {
		d.json.Object(map[string]string{"type": "note", "text": note})
	}
}

// end is how a command ends with err: diagnostics are shown here where they go out as JSON.
func (d *display) end(err error) error {
	var p problems
	if d.json == nil || !errors.As(err, &p) {
		return err
	}
	d.json.Diagnostics(p.Diagnostics)
	return code(exitUsage)
}

// show writes diagnostics to stderr, and under errors how many they are.
func (a *app) show(p problems) {
	_ = a.printer(p.sources).Print(a.Err, p.Diagnostics...) // writing to Err never fails, see quiet
	errors, warnings := tally(p.Diagnostics)
	if errors > 0 {
		done := "contacted"
		if p.contacted {
			done = "changed"
		}
		fmt.Fprintf(a.Err, "\n%s, %s. Nothing was %s.\n", plural(errors, "error"), plural(warnings, "warning"), done)
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
