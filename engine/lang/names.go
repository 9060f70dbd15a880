package lang

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/muster-run/muster/engine/diag"
)

// Names is what expressions at one place may refer to.
type Names struct {
	Vars   []string
	Locals []string
	Host   bool // false where there is no host: variables' rules, checks, outputs
	Each   bool // in a task with for_each
	// Tasks are the tasks of the same play; nil where task.x has no meaning.
	Tasks map[string]TaskNames
	// Plays are all plays with their tasks.
	Plays map[string]map[string]TaskNames
	// Why explains, at this place, why something is missing: "A check block is evaluated once, without a host."
	Why string
}

// TaskNames is what can be referred to of one task.
type TaskNames struct {
	Keyed   bool     // the task has for_each
	Outputs []string // of its module; `changed` is always there
	// AnyOutput is set where the module is not known, so that outputs are not judged.
	AnyOutput bool
}

// Check reports references to what does not exist and habits of other languages that cannot work.
func Check(n Names, exprs ...hcl.Expression) diag.Diagnostics {
	var ds diag.Diagnostics
	for _, e := range exprs {
		if e == nil {
			continue
		}
		for _, r := range Refs(e) {
			ds = append(ds, n.check(r)...)
		}
		ds = append(ds, checkHabits(e)...)
	}
	return ds
}

// Check does the same for all expressions of a body.
func (a *Args) Check(n Names) diag.Diagnostics {
	return Check(n, a.body.exprs(nil)...)
}

func (b *argBody) exprs(out []hcl.Expression) []hcl.Expression {
	for _, at := range b.attrs {
		if at.hcl != nil {
			out = append(out, at.hcl.Expr)
		}
	}
	for _, bl := range b.blocks {
		for i := range bl.bodies {
			out = bl.bodies[i].exprs(out)
		}
	}
	return out
}

func (n Names) check(r Ref) diag.Diagnostics {
	switch r.Root {
	case "var":
		return n.among(r, "variable", n.Vars, fmt.Sprintf("Declare it: variable %q { … }", r.Name))
	case "local":
		return n.among(r, "local", n.Locals, "Add it to a locals block.")
	case "host":
		if !n.Host {
			return n.none(r, "host", "Move the expression to a task.")
		}
		return n.among(r, "attribute of host", []string{"name", "address", "groups", "data"}, "A host has name, address, groups and data.")
	case "each":
		if !n.Each {
			return n.none(r, "each", "Add for_each to the task.")
		}
		return n.among(r, "attribute of each", []string{"key", "value"}, "An instance has each.key and each.value.")
	case "task":
		if n.Tasks == nil {
			return n.none(r, "task", "Write play.PLAY.task.NAME[HOST].ATTR.")
		}
		return n.task(r, n.Tasks)
	case "play":
		return n.play(r)
	}
	return n.unknownRoot(r)
}

// among checks the name behind the root.
func (n Names) among(r Ref, kind string, names []string, otherwise string) diag.Diagnostics {
	if slices.Contains(names, r.Name) {
		return nil
	}
	if r.Name == "" {
		return one(r.Range, diag.BadReference, fmt.Sprintf("%s alone means nothing", r.Root), "A name has to follow, after a dot.", fmt.Sprintf("Write %s.NAME.", r.Root))
	}
	advice := otherwise
	if near := diag.Nearest(r.Name, names); near != "" {
		advice = fmt.Sprintf("Did you mean %s.%s?", r.Root, near)
	}
	return one(r.Range, diag.UnknownReference, fmt.Sprintf("there is no %s %q", kind, r.Name), "", advice)
}

func (n Names) none(r Ref, what, advice string) diag.Diagnostics {
	why := n.Why
	if why == "" {
		why = fmt.Sprintf("There is no %s at this place.", what)
	}
	return one(r.Range, diag.BadReference, fmt.Sprintf("%s has no meaning here", what), why, advice)
}

func (n Names) task(r Ref, tasks map[string]TaskNames) diag.Diagnostics {
	t, ok := tasks[r.Name]
	if !ok {
		return n.unknownTask(r, tasks)
	}
	byHost := r.Root == "play"
	switch {
	case byHost && !r.Indexed && r.Attr != "":
		return one(r.Range, diag.BadReference, fmt.Sprintf("%s needs a host", r), "A task of another play has one result per host.", fmt.Sprintf("Write play.%s.task.%s[HOST].%s.", r.Play, r.Name, r.Attr))
	case byHost && t.Keyed:
		return nil // the key stands where the attribute is looked for
	case t.Keyed && !r.Indexed && r.Attr != "":
		return one(r.Range, diag.BadReference, fmt.Sprintf("%s needs a key", r), "The task has for_each, so there is one result per key.", fmt.Sprintf("Write task.%s[KEY].%s.", r.Name, r.Attr))
	case !byHost && !t.Keyed && r.Indexed:
		return one(r.Range, diag.BadReference, fmt.Sprintf("task.%s has no keys", r.Name), "The task has no for_each.", fmt.Sprintf("Write task.%s.ATTR.", r.Name))
	case t.AnyOutput, r.Attr == "", r.Attr == "changed", slices.Contains(t.Outputs, r.Attr):
		return nil
	}
	outputs := append([]string{"changed"}, t.Outputs...)
	return one(r.Range, diag.UnknownAttribute, fmt.Sprintf("task %q has no output %q", r.Name, r.Attr), "Outputs are: "+diag.List(outputs)+".", diag.DidYouMean(r.Attr, outputs, "Use one of them."))
}

func (n Names) unknownTask(r Ref, tasks map[string]TaskNames) diag.Diagnostics {
	names := slices.Collect(maps.Keys(tasks))
	if near := diag.Nearest(r.Name, names); near != "" {
		return one(r.Range, diag.UnknownReference, fmt.Sprintf("there is no task %q", r.Name), "", fmt.Sprintf("Did you mean task.%s?", near))
	}
	advice := "A reference names a task by its second label."
	for play, tasks := range n.Plays {
		if _, ok := tasks[r.Name]; ok && r.Root == "task" {
			advice = fmt.Sprintf("Play %q has one: play.%s.task.%s[HOST].ATTR.", play, play, r.Name)
		}
	}
	return one(r.Range, diag.UnknownReference, fmt.Sprintf("there is no task %q in this play", r.Name), "", advice)
}

func (n Names) play(r Ref) diag.Diagnostics {
	tasks, ok := n.Plays[r.Play]
	switch {
	case r.Play == "" || ok && r.Name == "":
		return one(r.Range, diag.BadReference, "the reference to another play is incomplete", "", "Write play.PLAY.task.NAME[HOST].ATTR.")
	case !ok:
		return one(r.Range, diag.UnknownReference, fmt.Sprintf("there is no play %q", r.Play), "", diag.DidYouMean(r.Play, slices.Collect(maps.Keys(n.Plays)), "Check the play's label."))
	}
	return n.task(r, tasks)
}

// unknownRoot is told to those who come from languages where a bare word is a variable or a string.
func (n Names) unknownRoot(r Ref) diag.Diagnostics {
	advice := fmt.Sprintf("Text goes in quotes: %q. References begin with var, local, host, each, task or play.", r.Root)
	switch {
	case slices.Contains(n.Vars, r.Root):
		advice = fmt.Sprintf("Write var.%s.", r.Root)
	case slices.Contains(n.Locals, r.Root):
		advice = fmt.Sprintf("Write local.%s.", r.Root)
	case rename(r.Root) != "" && (r.Root == "item" || r.Root == "inventory_hostname" || r.Root == "ansible_host" || r.Root == "hostvars"):
		advice = rename(r.Root)[1:]
	case diag.Nearest(r.Root, roots) != "" && r.Name != "":
		advice = fmt.Sprintf("Did you mean %s.%s?", diag.Nearest(r.Root, roots), r.Name)
	}
	return one(r.Range, diag.UnknownReference, fmt.Sprintf("unknown name %q", r.Root), "", advice)
}

func one(rng hcl.Range, code, summary, detail, advice string) diag.Diagnostics {
	return diag.Diagnostics{diag.At(rng, code, summary, detail, advice)}
}
