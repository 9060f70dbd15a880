package diag

import (
	"strings"
)

// parts writes a problem met on a host: where, what, why, state, do.
func (p Printer) parts(b *strings.Builder, d Diagnostic) {
	where := d.Where
	if d.Subject != nil {
		where += "\n" + p.rangeText(*d.Subject)
	}
	do := d.Do
	if d.Advice != "" {
		do = append([]string{d.Advice}, do...)
	}
	b.WriteString("\n")
	for _, part := range []struct{ name, text string }{
		{"where", where}, {"what", d.What}, {"why", d.Detail}, {"state", d.State}, {"do", strings.Join(do, "\n")},
	} {
		text := strings.TrimSpace(p.text(part.text))
		if text == "" {
			continue
		}
		const indent = "          "
		lines := p.wrap(text, indent)
		b.WriteString("  " + part.name + lines[2+len(part.name):])
	}
}
