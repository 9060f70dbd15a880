package cli

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/muster-run/muster/plugins/catalog"
	"github.com/muster-run/muster/plugins/sdk"
)

// kinds says what a module's kind means for its user.
var kinds = map[sdk.Kind]string{
	sdk.State:  "state: brings the host to what is written; a second apply reports no change",
	sdk.Action: "action: every apply does it again",
	sdk.Probe:  "probe: changes nothing; may stand in a health block",
}

// textPage is what `muster docs MODULE` prints.
func textPage(e catalog.Entry) string {
	d := e.Description
	var b strings.Builder
	fmt.Fprintf(&b, "%s  (plugin %s)\n\n%s\n\n  %s\n", d.Name, e.Plugin, d.Summary, kinds[d.Kind])
	section := func(title, text string) {
		if text != "" {
			fmt.Fprintf(&b, "\n%s\n%s", title, text)
		}
	}
	section("Example", indent(strings.TrimSpace(d.Example)))
	section("Arguments (* required)", rows(arguments(d.Args, "")))
	section("Outputs", rows(arguments(d.Outputs, "")))
	section("Read from host.data", rows(attributes(d.HostData, "")))
	section("About", indent(strings.TrimSpace(d.Doc)))
	return b.String()
}

// row is one line of a table of arguments.
type row struct {
	name, kind, doc string
	required        bool
}

func arguments(s sdk.Schema, prefix string) []row {
	out := attributes(s.Attributes, prefix)
	for _, blk := range s.Blocks {
		kind := "block"
		if blk.Repeat {
			kind = "blocks"
		}
		out = append(out, row{prefix + blk.Name, kind, blk.Doc, blk.Required})
		out = append(out, arguments(blk.Schema, prefix+blk.Name+".")...)
	}
	return out
}

func attributes(list []sdk.Attribute, prefix string) []row {
	var out []row
	for _, a := range list {
		out = append(out, row{prefix + a.Name, typeName(a), sentence(a), a.Required})
	}
	return out
}

func typeName(a sdk.Attribute) string {
	switch a.Source {
	case sdk.FromFile:
		return "path"
	case sdk.FromSecretFile:
		return "path or secret"
	case sdk.FromSecret:
		return "secret"
	}
	return typeexpr.TypeString(a.Type)
}

// sentence is an argument's documentation with what the schema adds to it.
func sentence(a sdk.Attribute) string {
	parts := []string{a.Doc}
	if len(a.OneOf) > 0 {
		parts = append(parts, "One of: "+strings.Join(a.OneOf, ", ")+".")
	}
	if a.Default != cty.NilVal && !a.Default.IsNull() {
		if text, err := ctyjson.Marshal(a.Default, a.Default.Type()); err == nil {
			parts = append(parts, "Default: "+string(text)+".")
		}
	}
	if a.Sensitive {
		parts = append(parts, "Never shown.")
	}
	return strings.Join(parts, " ")
}

// rows writes a table for a terminal.
func rows(list []row) string {
	name, kind := 0, 0
	for _, r := range list {
		name, kind = max(name, len(r.name)), max(kind, len(r.kind))
	}
	var b strings.Builder
	for _, r := range list {
		star := " "
		if r.required {
			star = "*"
		}
		lead := fmt.Sprintf("  %-*s %s %-*s  ", name, r.name, star, kind, r.kind)
		for i, line := range wrap(r.doc, max(40, 100-len(lead))) {
			if i > 0 {
				lead = strings.Repeat(" ", len(lead))
			}
			b.WriteString(strings.TrimRight(lead+line, " ") + "\n")
		}
	}
	return b.String()
}

// wrap breaks a text into lines of at most width bytes where there are blanks; an empty text is one empty line.
func wrap(text string, width int) []string {
	lines := []string{""}
	for _, word := range strings.Fields(text) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case len(*last)+1+len(word) <= width:
			*last += " " + word
		default:
			lines = append(lines, word)
		}
	}
	return lines
}

func indent(text string) string {
	if text == "" {
		return ""
	}
	var b strings.Builder
	for line := range strings.Lines(text + "\n") {
		if line != "\n" {
			b.WriteString("  ")
		}
		b.WriteString(line)
	}
	return b.String()
}
