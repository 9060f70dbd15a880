package cli

import (
	"fmt"
	"slices"
	"strings"
)

const rule = "======================================================================\n"

// help lists the level, or explains one of its commands.
func help(s *Session, args []string) error {
	if len(args) == 0 {
		s.Print(listing(s.here()))
		return nil
	}
	found := s.lookup(args[0])
	if len(found) != 1 || len(args) > 1 {
		s.invalid()
		return nil
	}
	if c, ok := found[0].(*Command); ok {
		s.Print(c.help())
		return nil
	}
	s.Print(found[0].about() + "\n")
	return nil
}

func listing(entries []Entry) string {
	var b strings.Builder
	for i, e := range entries {
		fmt.Fprintf(&b, "%d) %s : %s\n", i, e.label(), e.about())
	}
	b.WriteString("h (help), e (exit), q (quit), r (read), w (write), t (tree),\n")
	b.WriteString("c (config), cd (cd), a (alias), hi (history), p (pause), re (repeat)\n")
	return b.String()
}

// help is the published form: text, parameters, rule, grammar.
func (c *Command) help() string {
	var b strings.Builder
	text := c.Doc
	if text == "" {
		text = c.Summary
	}
	b.WriteString(wrap(text, "") + "\n\n")
	described := slices.Concat(c.Params, c.Optional)
	if len(c.Attributes) > 0 {
		described = append(append(described, c.attribute()), c.Attributes...)
	}
	if len(described) > 0 {
		b.WriteString("Parameters description:\n")
		width := 0
		for _, p := range described {
			width = max(width, len(p.Name))
		}
		for _, p := range described {
			head := fmt.Sprintf("%-*s: ", width, p.Name)
			b.WriteString(head + wrap(p.Doc, strings.Repeat(" ", len(head))) + "\n")
		}
		b.WriteString("\n")
	}
	b.WriteString(rule + c.grammar())
	return b.String()
}

func (c *Command) grammar() string {
	var b strings.Builder
	b.WriteString(c.Name + "\n")
	for _, p := range c.Params {
		fmt.Fprintf(&b, "    <%s>, %s\n", p.Name, p.Type)
	}
	for _, p := range c.Optional {
		fmt.Fprintf(&b, "    [<%s>, %s]\n", p.Name, p.Type)
	}
	if len(c.Attributes) == 0 {
		return b.String()
	}
	format := "    [<attribute>, Multiple %s]\n"
	if c.NeedsAttribute {
		format = "    <attribute>, Multiple %s\n"
	}
	fmt.Fprintf(&b, format, c.attribute().Type)
	for _, p := range c.Attributes {
		fmt.Fprintf(&b, "        <%s>, %s\n", p.Name, p.Type)
	}
	return b.String()
}

// wrap breaks text at 79 columns; indent goes before every line but the first.
func wrap(text, indent string) string {
	const columns = 79
	var b strings.Builder
	at := len(indent)
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
		case at+1+len(word) > columns:
			b.WriteString("\n" + indent)
			at = len(indent)
		default:
			b.WriteString(" ")
			at++
		}
		b.WriteString(word)
		at += len(word)
	}
	return b.String()
}
