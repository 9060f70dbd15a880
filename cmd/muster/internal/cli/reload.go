package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/muster-run/muster/engine"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/journal"
	"github.com/muster-run/muster/engine/plan"
)

// reload reads again all that the run was begun with, and refuses it where something differs, or where what was accepted as
// changed would lose something that is owed. What was accepted is given back.
func (a *app) reload(ctx context.Context, rs *records, st *journal.State, f *resumeFlags) (*session, map[string]string, error) {
	o := engine.OptionsOf(st.Begin)
	if err := a.again(&o, f, st.Begin.Options.NoVars); err != nil {
		return nil, nil, err
	}
	f.pluginDirs = st.Begin.Options.PluginDirs
	var ds diag.Diagnostics
	if o.Exclude, ds = engine.Excluded(o, st, f.onlyFailed, f.exclude); ds.HasErrors() {
		return nil, nil, problems{Diagnostics: ds}
	}
	if f.onlyFailed && len(o.Exclude) >= len(st.Begin.Hosts) {
		return nil, nil, problem(diag.Diagnostic{Code: diag.WrongRunState, Summary: fmt.Sprintf("nothing failed in run %d", st.Begin.Run),
			Advice: fmt.Sprintf("Go on with all hosts: muster resume %d", st.Begin.Run)})
	}
	for _, name := range unreviewed(st) {
		if !slices.ContainsFunc(o.Exclude, func(x plan.Excluded) bool { return x.Name == name }) {
			o.Exclude = append(o.Exclude, plan.Excluded{Name: name})
		}
	}
	s, err := a.readyAs(ctx, &f.runFlags, o, "")
	if err != nil {
		return nil, nil, err
	}
	s.excluded = o.Exclude
	now := s.Inputs(rs.key)
	then := expected(st, now)
	changed := engine.Changed(then, now)
	if len(changed) > 0 && !f.accept {
		s.close()
		return nil, nil, s.display.end(problem(diag.Diagnostic{Code: diag.InputsChanged, Summary: fmt.Sprintf("run %d is not made of the same any more", st.Begin.Run),
			Detail: asSentence(strings.Join(changed, "\n")),
			Advice: fmt.Sprintf("Put it back; or go on with what is there now: muster resume %d --accept-changes; or begin anew: muster apply", st.Begin.Run)}))
	}
	orphans := problems{Diagnostics: s.Orphans(st)}
	if orphans.HasErrors() {
		s.close()
		return nil, nil, s.display.end(orphans)
	}
	for _, text := range changed {
		fmt.Fprintln(s.words, "Accepted: "+text)
	}
	s.display.say(orphans, nil)
	return s, accepted(then, now), nil
}

// unreviewed is the hosts that drifted from a saved plan before it was applied: to resume the run is no review of them.
func unreviewed(st *journal.State) []string {
	if st.Begin.Options.PlanFile == "" || len(st.Processes) == 0 {
		return nil
	}
	return st.Processes[0].Exclude
}

// accepted is the inputs that differ, as they are now.
func accepted(then, now map[string]string) map[string]string {
	out := map[string]string{}
	for name, digest := range now {
		if was, known := then[name]; !known || was != digest {
			out[name] = digest
		}
	}
	for name := range then {
		if _, there := now[name]; !there {
			out[name] = gone
		}
	}
	return out
}

// gone is recorded for an input that was accepted as missing.
const gone = ""

// expected is what the run was made of when it was last begun or resumed.
func expected(st *journal.State, now map[string]string) map[string]string {
	then := maps.Clone(st.Begin.Inputs)
	for _, p := range st.Processes {
		maps.Copy(then, p.Accepted)
	}
	maps.DeleteFunc(then, func(name, digest string) bool {
		_, there := now[name]
		return digest == gone && !there
	})
	return then
}

// again completes the options of an earlier command line with what this one gives: sensitive values are in no journal.
func (a *app) again(o *engine.Options, f *resumeFlags, missing []string) error {
	given, err := f.options(a, o.Playbook)
	if err != nil {
		return err
	}
	o.Environ, o.Version, o.Prompt, o.WorkDir = given.Environ, given.Version, given.Prompt, a.Dir
	if o.Vars == nil {
		o.Vars = map[string]string{}
	}
	maps.Copy(o.Vars, given.Vars)
	o.VarFiles = append(slices.Clone(o.VarFiles), given.VarFiles...)
	var unset []string
	for _, name := range missing {
		if _, ok := given.Vars[name]; !ok && a.env("MUSTER_VAR_"+name) == "" && len(given.VarFiles) == 0 {
			unset = append(unset, name)
		}
	}
	if len(unset) == 0 {
		return nil
	}
	return problem(diag.Diagnostic{Code: diag.MissingVariable, Summary: "sensitive variables have to be given again: " + diag.List(unset),
		Detail: "They were given with --var, and the record of a run holds nothing that is sensitive.",
		Advice: fmt.Sprintf("Add --var %s=VALUE, --var-file FILE, or set MUSTER_VAR_%[1]s.", unset[0])})
}
