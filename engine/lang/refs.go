package lang

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// roots are the first words of all references.
var roots = []string{"var", "local", "host", "each", "task", "play"}

func isRoot(name string) bool { return slices.Contains(roots, name) }

// Ref is one reference of an expression, taken apart. What the form of the root does not have is empty.
type Ref struct {
	Root string // "var", "local", "host", "each", "task", "play"; anything else is unknown
	Play string // play.PLAY.task.NAME
	Name string // of the variable, local or task; the attribute of host or each
	// Key is the constant index of task.NAME["KEY"] or the host of play.P.task.NAME["HOST"]; Indexed says that one is written,
	// be it constant or not.
	Key     string
	Indexed bool
	Attr    string // the first attribute behind: task.x.ATTR, host.data.ATTR
	Range   hcl.Range
}

// String gives the reference as it is written, without what follows Attr.
func (r Ref) String() string {
	var b strings.Builder
	b.WriteString(r.Root)
	if r.Root == "play" {
		b.WriteString("." + r.Play + ".task")
	}
	if r.Name != "" {
		b.WriteString("." + r.Name)
	}
	if r.Key != "" {
		b.WriteString("[\"" + r.Key + "\"]")
	}
	if r.Attr != "" {
		b.WriteString("." + r.Attr)
	}
	return b.String()
}

// Refs returns the references of the expressions, in the order they are written. A nil expression has none.
func Refs(exprs ...hcl.Expression) []Ref {
	var out []Ref
	for _, e := range exprs {
		if e == nil {
			continue
		}
		for _, t := range e.Variables() {
			out = append(out, parseRef(t))
		}
	}
	return out
}

func parseRef(t hcl.Traversal) Ref {
	r := Ref{Root: t.RootName(), Range: t.SourceRange()}
	rest := t[1:]
	switch r.Root {
	case "play":
		rest = r.takePlay(rest)
	default:
		r.Name, rest = takeAttr(rest)
	}
	if r.Root == "task" || r.Root == "play" {
		r.Key, r.Indexed, rest = takeIndex(rest)
	}
	r.Attr, _ = takeAttr(rest)
	return r
}

// takePlay reads `.P.task.x` behind play. What does not fit leaves Name empty, which the check of names reports.
func (r *Ref) takePlay(rest hcl.Traversal) hcl.Traversal {
	r.Play, rest = takeAttr(rest)
	if word, after := takeAttr(rest); word == "task" {
		r.Name, rest = takeAttr(after)
	}
	return rest
}

func takeAttr(t hcl.Traversal) (string, hcl.Traversal) {
	if len(t) > 0 {
		switch step := t[0].(type) {
		case hcl.TraverseAttr:
			return step.Name, t[1:]
		case hcl.TraverseIndex: // var["x"] means var.x
			if step.Key.Type() == cty.String && step.Key.IsKnown() && !step.Key.IsNull() {
				return step.Key.AsString(), t[1:]
			}
		}
	}
	return "", t
}

func takeIndex(t hcl.Traversal) (key string, indexed bool, rest hcl.Traversal) {
	if len(t) > 0 {
		if step, ok := t[0].(hcl.TraverseIndex); ok {
			if step.Key.Type() == cty.String && step.Key.IsKnown() && !step.Key.IsNull() {
				key = step.Key.AsString()
			}
			return key, true, t[1:]
		}
	}
	return "", false, t
}
