package playbook

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/diag"
)

var taskShape = shape{
	attrs:  []string{"for_each", "when", "depends_on", "notify", "tags"},
	blocks: map[string]int{"run": 0, "fan_out": 0},
	once:   []string{"run", "fan_out"},
	open:   true,
}

var handlerShape = shape{blocks: map[string]int{"run": 0, "rollout": 0}, once: []string{"run", "rollout"}, open: true}

// reserved is what the engine takes out of a body before a module's schema sees it.
var reserved = &hcl.BodySchema{
	Attributes: []hcl.AttributeSchema{{Name: "for_each"}, {Name: "when"}, {Name: "depends_on"}, {Name: "notify"}, {Name: "tags"},
		{Name: "run"}, {Name: "fan_out"}, {Name: "rollout"}, {Name: "health"}},
	Blocks: []hcl.BlockHeaderSchema{{Type: "for_each"}, {Type: "when"}, {Type: "depends_on"}, {Type: "notify"}, {Type: "tags"},
		{Type: "run"}, {Type: "fan_out"}, {Type: "rollout"}, {Type: "health"}},
}

// taskAt is where a task or handler block stands.
type taskAt struct {
	play     string
	kind     addr.Kind
	parallel int
}

func (at taskAt) in() string {
	if at.play == "" {
		return ""
	}
	return fmt.Sprintf("play %q", at.play)
}

func (l *loader) task(b *hclsyntax.Block, at taskAt) *Task {
	l.order++
	t := &Task{Play: at.play, Kind: at.kind, Module: l.module(b, at.in()), Name: l.name(b, 1, at.in()),
		Parallel: at.parallel, Order: l.order, ModuleRange: b.LabelRanges[0], Range: b.DefRange()}
	l.unique(string(at.kind)+"\x00"+at.play, t.Name, t.Range, at.in(),
		fmt.Sprintf("Rename one of the two: a %s's name is unique in its play, whatever its module.", at.kind))
	in := fmt.Sprintf("%s %q", at.kind, t.Name)
	if at.play != "" {
		in = at.in() + ", " + in
	}
	if at.kind == addr.Handler {
		l.handlerParts(t, b, in)
	} else {
		l.taskParts(t, b, in)
	}
	t.Body = rest(b.Body, reserved)
	return t
}

// rest is a body without what the schema names. Its diagnostics are left out: read has found the same and says it better.
func rest(body *hclsyntax.Body, schema *hcl.BodySchema) hcl.Body {
	_, remain, _ := body.PartialContent(schema)
	return remain
}

func (l *loader) taskParts(t *Task, b *hclsyntax.Block, in string) {
	c := l.read(b.Body, in, taskShape, t.Range)
	l.unquoted(c, "when")
	t.ForEach, t.When = c.expr("for_each"), c.expr("when")
	t.DependsOn = l.refs(c.attrs["depends_on"], in, "task")
	t.Notify = l.refs(c.attrs["notify"], in, "handler")
	t.Tags = l.tags(c.attrs["tags"], in)
	for _, inner := range c.blocks {
		switch inner.Type {
		case "run":
			t.Run = l.run(inner, in)
		case "fan_out":
			t.FanOut = l.fanOut(inner, in)
		}
	}
	for _, inner := range b.Body.Blocks {
		if inner.Type == "rollout" || inner.Type == "health" {
			l.add(in, diag.At(inner.TypeRange, diag.UnknownBlock, fmt.Sprintf("a task has no %s", inner.Type),
				"A rollout is of a play or of a handler; health blocks stand in it.", "Move it into the play, or into the handler that the task notifies."))
		}
	}
	l.noAssign(b.Body, in, "rollout", "health")
}

// noAssign reports words that can only be blocks.
func (l *loader) noAssign(body *hclsyntax.Body, in string, names ...string) {
	for _, n := range names {
		if a := body.Attributes[n]; a != nil {
			l.add(in, diag.At(a.NameRange, diag.UnknownArgument, fmt.Sprintf("%s cannot be an argument", n),
				"The word belongs to the engine, as a block.", "Remove it."))
		}
	}
}

func (l *loader) handlerParts(t *Task, b *hclsyntax.Block, in string) {
	c := l.read(b.Body, in, handlerShape, t.Range)
	for _, inner := range c.blocks {
		switch inner.Type {
		case "run":
			t.Run = l.run(inner, in)
		case "rollout":
			t.Rollout = l.rollout(inner, in)
		}
	}
	for _, name := range []string{"for_each", "when", "depends_on", "notify", "tags"} {
		if a := b.Body.Attributes[name]; a != nil {
			l.add(in, diag.At(a.NameRange, diag.UnknownArgument, fmt.Sprintf("a handler has no %s", name),
				"A handler runs once on a host that was notified, after the host's tasks.", fmt.Sprintf("Write %s in the tasks that notify it.", name)))
		}
	}
	for _, inner := range b.Body.Blocks {
		if inner.Type == "health" || inner.Type == "fan_out" {
			l.add(in, diag.At(inner.TypeRange, diag.UnknownBlock, fmt.Sprintf("%s cannot stand in a handler", inner.Type),
				"A health block stands in a rollout.", "Write rollout { health ... }."))
		}
	}
	l.noAssign(b.Body, in, "health", "fan_out")
}

var fanOutShape = shape{attrs: []string{"from", "allow_missing"}}

func (l *loader) fanOut(b *hclsyntax.Block, in string) *FanOut {
	c := l.read(b.Body, in+", fan_out", fanOutShape, b.DefRange())
	return &FanOut{From: c.expr("from"), AllowMissing: c.expr("allow_missing"), Range: b.DefRange()}
}

var (
	runShape   = shape{attrs: []string{"timeout"}, blocks: map[string]int{"retry": 0}, once: []string{"retry"}}
	retryShape = shape{attrs: []string{"attempts", "backoff", "when"}, required: []string{"attempts"}}
)

func (l *loader) run(b *hclsyntax.Block, in string) *Run {
	c := l.read(b.Body, in+", run", runShape, b.DefRange())
	r := &Run{Timeout: c.expr("timeout"), Range: b.DefRange()}
	for _, inner := range c.blocks {
		retry := l.read(inner.Body, in+", retry", retryShape, inner.DefRange())
		r.Attempts, r.Backoff, r.When = retry.expr("attempts"), retry.expr("backoff"), retry.expr("when")
	}
	return r
}
