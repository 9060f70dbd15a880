package lang

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/diag"
)

// bracesRE finds what a template language of another tool would fill in. Braces with anything but a name in them, such as
// {{.Names}}, are left alone: they belong to the program that gets the text.
var bracesRE = regexp.MustCompile(`\{\{-?\s*([a-zA-Z_][a-zA-Z0-9_]*(?:\.[a-zA-Z_][a-zA-Z0-9_]*|\[[^\]]*\])*)\s*(?:\|[^}]*)?-?\}\}`)

// doubleBraces returns the name inside the first {{ name }} of the text.
func doubleBraces(text string) (string, bool) {
	m := bracesRE.FindStringSubmatch(text)
	if m == nil {
		return "", false
	}
	return m[1], true
}

func bracesDiagnostic(inner string, rng hcl.Range) diag.Diagnostic {
	return diag.At(rng, diag.TemplateBraces, "{{ }} has no meaning here",
		"Values are filled into text with ${ }. Where braces are meant as they are, write ${\"{{\"}.", fmt.Sprintf("Write ${%s}.%s", inner, rename(inner)))
}

// rename says what a name of Ansible is called here.
func rename(name string) string {
	root, _, _ := strings.Cut(name, ".")
	switch {
	case root == "item":
		return " What Ansible calls item is each.value."
	case root == "inventory_hostname":
		return " What Ansible calls inventory_hostname is host.name."
	case root == "ansible_host":
		return " What Ansible calls ansible_host is host.address."
	case root == "hostvars":
		return " Values of another host are play.P.task.x[HOST].attr."
	case !strings.Contains(name, ".") && !isRoot(root):
		return fmt.Sprintf(" A variable is var.%s.", name)
	}
	return ""
}

// checkHabits looks for {{ x }} in text and for versions compared as text.
func checkHabits(expr hcl.Expression) diag.Diagnostics {
	node, ok := expr.(hclsyntax.Node)
	if !ok {
		return nil
	}
	var ds diag.Diagnostics
	_ = hclsyntax.VisitAll(node, func(n hclsyntax.Node) hcl.Diagnostics {
		switch e := n.(type) {
		case *hclsyntax.LiteralValueExpr:
			if v := e.Val; v.Type() == cty.String && !v.IsNull() {
				if inner, ok := doubleBraces(v.AsString()); ok {
					ds = append(ds, bracesDiagnostic(inner, e.SrcRange))
				}
			}
		case *hclsyntax.BinaryOpExpr:
			ds = append(ds, checkVersions(e)...)
		}
		return nil
	})
	return ds
}

func checkVersions(e *hclsyntax.BinaryOpExpr) diag.Diagnostics {
	switch e.Op {
	case hclsyntax.OpGreaterThan, hclsyntax.OpGreaterThanOrEqual, hclsyntax.OpLessThan, hclsyntax.OpLessThanOrEqual:
	default:
		return nil
	}
	if !isText(e.LHS) && !isText(e.RHS) {
		return nil
	}
	return one(e.SrcRange, diag.VersionsAsText, "text cannot be compared by size", "The operators < <= > >= compare numbers.", `For versions write semver("R23", ">= R22").`)
}

func isText(e hclsyntax.Expression) bool {
	t, ok := e.(*hclsyntax.TemplateExpr)
	return ok && t.IsStringLiteral()
}
