package executor

import (
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/journal"
	"github.com/muster-run/muster/engine/lang"
	"github.com/muster-run/muster/engine/plan"
	"github.com/muster-run/muster/engine/schedule"
	"github.com/muster-run/muster/plugins/sdk"
)

// reopenAccepted has every task checked again once somebody accepted that what the run is made of has changed: what is done
// may be something else now. Actions are not, they would act again.
func (t *past) reopenAccepted() {
	if !slices.ContainsFunc(t.state.Processes, func(p journal.Process) bool { return len(p.Accepted) > 0 }) {
		return
	}
	for n, node := range t.plan.Nodes {
		switch t.plan.Spec.Nodes[n].Role {
		case schedule.Task:
			if t.done[n] && node.Block.Desc.Kind != sdk.Action {
				t.reopen(n)
			}
		case schedule.Check:
			t.reopen(n)
		}
	}
}

// reopenFans has a task that fans out done again from its offers until all its phases have ended well in one go: what is shared
// lives in memory only, and two processes that each missed a host may have shared two things. A host that holds what the
// others hold says so in its offer, and is left alone.
func (t *past) reopenFans() {
	open := map[*plan.Block]bool{}
	for n, node := range t.plan.Nodes {
		again := node.Phase == plan.Produce && t.nodes[n] != nil && t.nodes[n].Intents > 1
		if node.Phase != "" && (!t.done[n] || again) {
			open[node.Block] = true
		}
	}
	for n, node := range t.plan.Nodes {
		if node.Phase == "" || !open[node.Block] {
			continue
		}
		if node.Phase == plan.Produce && t.value[n] != cty.NilVal {
			t.shared[node.Block] = digestOf(t.value[n])
		}
		t.reopen(n)
	}
}

// produced is what the journal keeps of what a task shared: its digest, which is no secret.
func produced(digest string) cty.Value {
	return cty.ObjectVal(map[string]cty.Value{"digest": cty.StringVal(digest)})
}

func digestOf(v cty.Value) string {
	if !v.Type().HasAttribute("digest") || v.GetAttr("digest").Type() != cty.String || v.GetAttr("digest").IsNull() {
		return ""
	}
	return v.GetAttr("digest").AsString()
}

// activated is the digest of what an earlier process put into use on the host of a node that activates; empty: nothing, or
// not known.
func (t *past) activated(n int) string {
	if o := t.outcome(n); o != schedule.OK && o != schedule.Changed {
		return ""
	}
	return t.shared[t.plan.Nodes[n].Block]
}

func (t *past) reopen(n int) { t.done[n], t.value[n] = false, cty.NilVal }

// reopenHidden has nodes checked again whose outputs are not in the journal and which something that is left refers to.
// An action is not: it would act again. What refers to it says then that its outputs are gone.
func (t *past) reopenHidden() {
	for more := true; more; {
		more = false
		wanted := t.wanted()
		for n, node := range t.plan.Nodes {
			if t.done[n] && t.nodes[n].Hidden && node.Block.Desc.Kind != sdk.Action && wanted[node.Block.Addr] {
				t.reopen(n)
				more = true
			}
		}
	}
}

// wanted are the tasks that nodes which are left refer to, and outputs of the run.
func (t *past) wanted() map[addr.Block]bool {
	out := map[addr.Block]bool{}
	add := func(play string, refs []lang.Ref) {
		for _, r := range refs {
			switch r.Root {
			case "task":
				out[addr.Block{Play: play, Kind: addr.Task, Name: r.Name}] = true
			case "play":
				out[addr.Block{Play: r.Play, Kind: addr.Task, Name: r.Name}] = true
			}
		}
	}
	seen := map[*plan.Block]bool{}
	for n, node := range t.plan.Nodes {
		if b := node.Block; b != nil && !t.done[n] && !seen[b] {
			seen[b] = true
			add(b.Addr.Play, b.Refs)
			if b.Args != nil {
				add(b.Addr.Play, b.Args.Refs())
			}
		}
	}
	for _, o := range t.plan.Outputs {
		add("", lang.Refs(o.Value))
	}
	return out
}

// reopenHandlers lets a handler that was not notified, or whose restart is done, be notified by what is asked again. A
// restart whose health was not proved is asked for in any case, and its host is down until it answers; one that was proved
// leaves a host that is up, and waits for its place like any other when it is notified anew.
func (t *past) reopenHandlers() {
	for n, node := range t.plan.Nodes {
		if t.done[n] {
			continue
		}
		for _, h := range node.Notify {
			if !t.done[h] {
				continue
			}
			if t.ran(h) {
				t.reopenHealth(h)
			}
			t.reopen(h)
		}
	}
}

func (t *past) reopenHealth(handler int) {
	probes := t.healthOf(handler)
	proved := !slices.ContainsFunc(probes, func(n int) bool { return !t.done[n] })
	for _, n := range probes {
		t.reopen(n)
		t.unproved[n] = !proved
	}
}

// healthOf are the health nodes behind a handler on its host.
func (t *past) healthOf(handler int) []int {
	spec := t.plan.Spec.Nodes
	var out []int
	for n := range spec {
		if spec[n].Role == schedule.Health && spec[n].Host == spec[handler].Host && spec[n].Rollout >= 0 && spec[n].Rollout == spec[handler].Rollout {
			out = append(out, n)
		}
	}
	return out
}
