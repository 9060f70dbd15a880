package executor

import (
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/lang"
)

// outputs evaluates the output blocks once everything has ended. One that refers to something that did not run is left
// out: its cause has been told already.
func (e *Executor) outputs() map[string]event.Output {
	if e.mode == event.Plan || len(e.plan.Outputs) == 0 {
		return nil
	}
	scope := e.plan.OutputScope(e.results)
	out := map[string]event.Output{}
	for _, o := range e.plan.Outputs {
		v, ds := scope.Eval(o.Value)
		if ds.HasErrors() {
			e.emit(event.Event{Type: event.Diagnostic, Diag: &ds[0]})
			continue
		}
		if !v.IsWhollyKnown() {
			continue
		}
		if o.Sensitive {
			out[o.Name] = event.Output{Value: `"(sensitive)"`, Sensitive: true}
			continue
		}
		text, err := lang.JSON(v)
		if err != nil {
			rng := o.Value.Range()
			d := diag.FromError(err, &rng, diag.BadOutput, "output "+o.Name+" cannot be shown", "Give a value that JSON has.")
			e.emit(event.Event{Type: event.Diagnostic, Diag: &d})
			continue
		}
		out[o.Name] = event.Output{Value: string(text), Sensitive: lang.IsSensitive(v)}
	}
	return out
}
