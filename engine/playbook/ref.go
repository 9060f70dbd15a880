package playbook

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/diag"
)

// refs reads a list of references of one kind, such as [task.a, task.b["key"]].
func (l *loader) refs(a *hclsyntax.Attribute, in, kind string) []Ref {
	if a == nil {
		return nil
	}
	items, diags := hcl.ExprList(a.Expr)
	if diags.HasErrors() {
		advice := fmt.Sprintf("Write %s = [%s.x].", a.Name, kind)
		if t := text(a.Expr); t != "" {
			advice = fmt.Sprintf("Write %s = [%s].", a.Name, t)
		} else if s, ok := constantString(a.Expr); ok && nameRE.MatchString(s) {
			advice = fmt.Sprintf("Write %s = [%s.%s].", a.Name, kind, s)
		}
		l.add(in, diag.At(a.Expr.Range(), diag.BadReference, a.Name+" is a list of references",
			"What stands here is no list.", advice))
		return nil
	}
	var refs []Ref
	for _, item := range items {
		ref, ok := l.ref(item, in, a.Name, kind)
		if ok {
			refs = append(refs, ref)
		}
	}
	return refs
}

func (l *loader) ref(item hcl.Expression, in, list, kind string) (Ref, bool) {
	bad := func(detail, advice string) (Ref, bool) {
		l.add(in, diag.At(item.Range(), diag.BadReference, fmt.Sprintf("%s takes references to a %s", list, kind), detail, advice))
		return Ref{}, false
	}
	if s, ok := constantString(item); ok {
		s = strings.TrimSpace(s)
		if !strings.Contains(s, ".") {
			s = kind + "." + s
		}
		return bad("A name in quotes is a text, not a reference.", fmt.Sprintf("Remove the quotes: %s.", s))
	}
	tr, diags := hcl.AbsTraversalForExpr(item)
	if diags.HasErrors() {
		return bad("What stands here is no reference.", fmt.Sprintf("Write %s.NAME.", kind))
	}
	ref := Ref{Kind: tr.RootName(), Range: item.Range()}
	if ref.Kind != kind {
		return bad(fmt.Sprintf("%q does not name a %s.", traversalText(tr), kind), otherKind(list, kind, ref.Kind))
	}
	if len(tr) >= 2 {
		if name, ok := tr[1].(hcl.TraverseAttr); ok {
			ref.Name = name.Name
		}
	}
	if len(tr) == 3 && kind == "task" {
		if index, ok := tr[2].(hcl.TraverseIndex); ok && index.Key.Type() == cty.String {
			ref.Key, ref.Keyed = index.Key.AsString(), true
		}
	}
	if ref.Name == "" || len(tr) > 3 || (len(tr) == 3 && !ref.Keyed) {
		forms := kind + ".NAME"
		if kind == "task" {
			forms += ` or task.NAME["key"]`
		}
		return bad(fmt.Sprintf("%q has another form.", traversalText(tr)), fmt.Sprintf("Write %s.", forms))
	}
	return ref, true
}

func otherKind(list, want, got string) string {
	switch {
	case list == "notify" && got == "task":
		return "Turn it round: write depends_on = [task.x] in the task that waits."
	case want == "task" && got == "handler":
		return "Handlers run after all tasks of the play: make it a task, or put what waits in a play that depends on this one."
	case want == "task" && got == "play":
		return "Write depends_on = [play.x] in the play, not in the task."
	case want == "play" && got == "task":
		return "Write depends_on = [task.x] in the task, not in the play."
	}
	return fmt.Sprintf("Write %s.NAME.", want)
}

func traversalText(tr hcl.Traversal) string {
	var b strings.Builder
	for _, step := range tr {
		switch s := step.(type) {
		case hcl.TraverseRoot:
			b.WriteString(s.Name)
		case hcl.TraverseAttr:
			b.WriteString("." + s.Name)
		case hcl.TraverseIndex:
			if s.Key.Type() == cty.String {
				fmt.Fprintf(&b, "[%q]", s.Key.AsString())
			} else {
				b.WriteString("[...]")
			}
		}
	}
	return b.String()
}

// text is how a lone reference is written, or empty.
func text(e hcl.Expression) string {
	tr, diags := hcl.AbsTraversalForExpr(e)
	if diags.HasErrors() {
		return ""
	}
	return traversalText(tr)
}

// constantString gives the text of an expression that is a plain string.
func constantString(e hcl.Expression) (string, bool) {
	if !isQuoted(e) || len(e.Variables()) > 0 {
		return "", false
	}
	v, diags := e.Value(nil)
	if diags.HasErrors() || v.IsNull() || v.Type() != cty.String {
		return "", false
	}
	return v.AsString(), true
}

// isQuoted reports whether an expression is written as a string.
func isQuoted(e hcl.Expression) bool {
	switch e.(type) {
	case *hclsyntax.TemplateExpr, *hclsyntax.TemplateWrapExpr:
		return true
	}
	return false
}

// tags reads a list of plain strings.
func (l *loader) tags(a *hclsyntax.Attribute, in string) []string {
	if a == nil {
		return nil
	}
	items, diags := hcl.ExprList(a.Expr)
	if diags.HasErrors() {
		advice := `Write tags = ["tls"].`
		if s, ok := constantString(a.Expr); ok {
			advice = fmt.Sprintf("Write tags = [%q].", s)
		}
		l.add(in, diag.At(a.Expr.Range(), diag.WrongType, "tags is a list of strings", "What stands here is no list.", advice))
		return nil
	}
	var tags []string
	for _, item := range items {
		s, ok := constantString(item)
		if !ok || !nameRE.MatchString(s) {
			l.add(in, diag.At(item.Range(), diag.BadName, "a tag is a constant name in quotes",
				"Tags are chosen on the command line before anything is evaluated. "+nameRule, `Write tags = ["tls"].`))
			continue
		}
		if !slices.Contains(tags, s) {
			tags = append(tags, s)
		}
	}
	return tags
}
