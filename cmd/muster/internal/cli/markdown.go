package cli

import (
	"fmt"
	"strings"

	"github.com/muster-run/muster/plugins/catalog"
)

// markdownPage is a page of docs/modules.
func markdownPage(e catalog.Entry) string {
	d := e.Description
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n# %s\n\n%s\n\nPlugin %s. Kind %s.\n", generatedBy, d.Name, d.Summary, e.Plugin, kinds[d.Kind])
	if d.Example != "" {
		fmt.Fprintf(&b, "\n```hcl\n%s\n```\n", strings.TrimSpace(d.Example))
	}
	markdownTable(&b, "Arguments", arguments(d.Args, ""))
	markdownTable(&b, "Outputs", arguments(d.Outputs, ""))
	markdownTable(&b, "Read from host.data", attributes(d.HostData, ""))
	if d.Doc != "" {
		fmt.Fprintf(&b, "\n## About\n\n%s\n", strings.TrimSpace(d.Doc))
	}
	return b.String()
}

func markdownTable(b *strings.Builder, title string, list []row) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(b, "\n## %s\n\n| name | type | |\n|---|---|---|\n", title)
	for _, r := range list {
		doc := r.doc
		if r.required {
			doc = "**Required.** " + doc
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", r.name, r.kind, strings.ReplaceAll(doc, "|", `\|`))
	}
}

// indexPage lists all modules.
func indexPage(all []catalog.Entry) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n# Modules\n\n| module | kind | |\n|---|---|---|\n", generatedBy)
	for _, e := range all {
		d := e.Description
		fmt.Fprintf(&b, "| [%s](%s.md) | %s | %s |\n", d.Name, d.Name, d.Kind, d.Summary)
	}
	return b.String()
}
