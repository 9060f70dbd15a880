package lang

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/hcl/v2"

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
		"Values are filled into text with ${ }.", fmt.Sprintf("Write ${%s}.%s", inner, rename(inner)))
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
