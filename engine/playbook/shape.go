package playbook

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/diag"
)

// shape says what may stand in a block.
type shape struct {
	attrs    []string
	required []string
	blocks   map[string]int // type -> number of labels
	once     []string       // of blocks: those that may stand once
	later    []string       // described in the language and not in this version
	// open means that what is not listed belongs to a module.
	open bool
}

// names lists what could have been meant by a misspelt word.
func (s shape) names() []string {
	names := slices.Clone(s.attrs)
	for b := range s.blocks {
		names = append(names, b)
	}
	return names
}

// Words lists what the engine itself takes in a task, handler or health block, beside the module's arguments.
func Words(kind addr.Kind) []string {
	switch kind {
	case addr.Task:
		return taskShape.names()
	case addr.Handler:
		return handlerShape.names()
	}
	return healthShape.names()
}

// content is a block's parts that its shape lists.
type content struct {
	in     string
	attrs  map[string]*hclsyntax.Attribute
	blocks []*hclsyntax.Block // in the order of the file, with the right number of labels
}

func (c content) expr(name string) hcl.Expression {
	if a := c.attrs[name]; a != nil {
		return a.Expr
	}
	return nil
}

// read sorts a body by its shape and reports what does not belong there.
func (l *loader) read(body *hclsyntax.Body, in string, s shape, whole hcl.Range) content {
	c := content{in: in, attrs: map[string]*hclsyntax.Attribute{}}
	for _, a := range sortedAttributes(body) {
		if l.attribute(a, in, s) {
			c.attrs[a.Name] = a
		}
	}
	seen := map[string]hcl.Range{}
	for _, b := range body.Blocks {
		if l.block(b, in, s) && (!slices.Contains(s.once, b.Type) || l.onlyOnce(seen, b, in)) {
			c.blocks = append(c.blocks, b)
		}
	}
	for _, name := range s.required {
		if !hasKey(body.Attributes, name) {
			l.add(in, diag.At(whole, diag.MissingArgument, fmt.Sprintf("%s needs the argument %q", innermost(in), name),
				required[name], fmt.Sprintf("Add %s = ...", name)))
		}
	}
	return c
}

// attribute reports whether an argument is one that the shape lists.
func (l *loader) attribute(a *hclsyntax.Attribute, in string, s shape) bool {
	switch {
	case slices.Contains(s.later, a.Name):
		l.later(a.NameRange, in, a.Name)
	case slices.Contains(s.attrs, a.Name):
		return true
	case hasKey(s.blocks, a.Name):
		l.add(in, diag.At(a.NameRange, diag.UnknownArgument, fmt.Sprintf("%s is a block, not an argument", a.Name),
			"A block takes no equals sign.", fmt.Sprintf("Write %s { ... }.", a.Name)))
	case !s.open:
		l.unknown(a.NameRange, in, a.Name, "argument", s)
	}
	return false
}

// block reports whether a block is one that the shape lists, with the right number of labels.
func (l *loader) block(b *hclsyntax.Block, in string, s shape) bool {
	labels, listed := s.blocks[b.Type]
	switch {
	case slices.Contains(s.later, b.Type):
		l.later(b.TypeRange, in, b.Type)
	case listed && len(b.Labels) != labels:
		l.labels(b, in, labels)
	case listed:
		return true
	case slices.Contains(s.attrs, b.Type):
		l.add(in, diag.At(b.TypeRange, diag.UnknownBlock, fmt.Sprintf("%s is an argument, not a block", b.Type),
			"An argument takes an equals sign.", fmt.Sprintf("Write %s = ...", b.Type)))
	case !s.open:
		l.unknown(b.TypeRange, in, b.Type, "block", s)
	}
	return false
}

// required says what a missing argument is for.
var required = map[string]string{
	"hosts":         `A play says which hosts it is for, as a pattern: hosts = "xsp:&fra".`,
	"value":         "An output has a value.",
	"attempts":      "How often a node is tried in all, the first time included.",
	"condition":     "The rule is an expression that is true or false.",
	"error_message": "What the user is told when the condition is false.",
}

func (l *loader) onlyOnce(seen map[string]hcl.Range, b *hclsyntax.Block, in string) bool {
	if first, again := seen[b.Type]; again {
		l.add(in, diag.At(b.TypeRange, diag.TooManyBlocks, fmt.Sprintf("a second %s block", b.Type),
			fmt.Sprintf("The first one is at %s.", place(first)), "Keep one of the two."))
		return false
	}
	seen[b.Type] = b.TypeRange
	return true
}

func (l *loader) later(rng hcl.Range, in, name string) {
	l.add(in, diag.At(rng, diag.NotInThisVersion, fmt.Sprintf("%s is not in this version", name),
		"The language describes it; this version of muster cannot do it yet, and does not pass over it in silence.",
		"Remove it, or use a version that has it: docs/language.md lists what each version has."))
}

// unknown reports a word that means nothing here: a habit from another tool, a misspelling, or neither.
func (l *loader) unknown(rng hcl.Range, in, name, kind string, s shape) {
	code := diag.UnknownArgument
	if kind == "block" {
		code = diag.UnknownBlock
	}
	summary := fmt.Sprintf("unknown %s %q in %s", kind, name, innermost(in))
	if advice, ok := Habit(name); ok {
		l.add(in, diag.At(rng, code, summary, "The word comes from another tool.", advice))
		return
	}
	l.add(in, diag.At(rng, code, summary, "Here may stand: "+diag.List(s.names())+".",
		diag.DidYouMean(name, s.names(), "Remove it: docs/language.md says what each block takes.")))
}

// innermost is the last part of what something stands in: `task "a"` of `play "p", task "a"`.
func innermost(in string) string {
	if in == "" {
		return "a playbook"
	}
	if i := strings.LastIndex(in, ", "); i >= 0 {
		return in[i+len(", "):]
	}
	return in
}

func (l *loader) labels(b *hclsyntax.Block, in string, want int) {
	form := map[int]string{0: b.Type + " { ... }", 1: b.Type + ` "name" { ... }`, 2: b.Type + ` "module" "name" { ... }`}[want]
	detail := fmt.Sprintf("It has %d, and takes %d.", len(b.Labels), want)
	if len(b.Labels) == 1 && want == 2 {
		detail = "It has one label: the module or the name is missing."
	}
	l.add(in, diag.At(b.DefRange(), diag.BadLabels, fmt.Sprintf("wrong number of labels on %s", b.Type), detail, "Write "+form+"."))
}

func sortedAttributes(body *hclsyntax.Body) []*hclsyntax.Attribute {
	var out []*hclsyntax.Attribute
	for _, a := range body.Attributes {
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b *hclsyntax.Attribute) int { return a.SrcRange.Start.Byte - b.SrcRange.Start.Byte })
	return out
}

func hasKey[V any](m map[string]V, k string) bool {
	_, ok := m[k]
	return ok
}
