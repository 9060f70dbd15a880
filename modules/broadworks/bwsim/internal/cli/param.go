package cli

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Param is one parameter of a command.
type Param struct {
	Name string
	Doc  string
	Type Type
}

// Type is what a parameter accepts.
type Type interface {
	// String is the type's form in the help, e.g. "Choice = {false, true}".
	String() string
	// Canonical returns the value as it is stored, and whether it is accepted.
	Canonical(value string) (string, bool)
}

// String accepts text of Min to Max characters.
type String struct{ Min, Max int }

func (t String) String() string { return fmt.Sprintf("String {%d to %d characters}", t.Min, t.Max) }

// Canonical implements Type.
func (t String) Canonical(v string) (string, bool) {
	n := utf8.RuneCountInString(v)
	return v, n >= t.Min && n <= t.Max
}

// Choice accepts one of its words, in any case.
type Choice []string

func (t Choice) String() string { return "Choice = {" + strings.Join(t, ", ") + "}" }

// Canonical implements Type.
func (t Choice) Canonical(v string) (string, bool) {
	i := slices.IndexFunc(t, func(word string) bool { return strings.EqualFold(word, v) })
	if i < 0 {
		return "", false
	}
	return t[i], true
}

// Bool is the choice of every published boolean.
var Bool = Choice{"false", "true"}

// Integer accepts a decimal number.
type Integer struct{ Min, Max int }

// assumed: no help text with a number is published.
func (t Integer) String() string { return fmt.Sprintf("Integer {%d to %d}", t.Min, t.Max) }

// Canonical implements Type.
func (t Integer) Canonical(v string) (string, bool) {
	n, err := strconv.Atoi(v)
	return strconv.Itoa(n), err == nil && n >= t.Min && n <= t.Max
}

// IP accepts an IPv4 or IPv6 address.
type IP struct{}

// assumed: no help text with an address is published.
func (IP) String() string { return "IP address" }

// Canonical implements Type.
func (IP) Canonical(v string) (string, bool) {
	addr, err := netip.ParseAddr(v)
	return addr.String(), err == nil && addr.Zone() == ""
}

// attribute is the parameter that names the next pair.
func (c *Command) attribute() Param {
	names := make(Choice, 0, len(c.Attributes))
	for _, p := range c.Attributes {
		names = append(names, p.Name)
	}
	return Param{Name: "attribute", Doc: "Additional attributes to include through the " + c.Name + " command.", Type: names}
}

// bind checks the words against the command's grammar; a problem is the text
// to print.
func (c *Command) bind(words []string, v Voice) (args map[string]string, problem string) {
	args = map[string]string{}
	for i, p := range slices.Concat(c.Params, c.Optional) {
		if len(words) == 0 && i < len(c.Params) {
			return nil, v.Missing(c.Name, p)
		}
		if len(words) == 0 {
			break
		}
		value, ok := p.Type.Canonical(words[0])
		if !ok && i >= len(c.Params) && len(c.Attributes) > 0 {
			break // not the optional key: the first attribute's name
		}
		if !ok {
			return nil, v.BadValue(c.Name, p, words[0])
		}
		args[p.Name], words = value, words[1:]
	}
	return args, c.bindAttributes(args, words, v)
}

func (c *Command) bindAttributes(args map[string]string, words []string, v Voice) (problem string) {
	if len(words) > 0 && len(c.Attributes) == 0 {
		return v.TooMany(c.Name, words[0])
	}
	if len(words) == 0 && c.NeedsAttribute {
		return v.Missing(c.Name, c.attribute())
	}
	for len(words) > 0 {
		i := slices.IndexFunc(c.Attributes, func(p Param) bool { return strings.EqualFold(p.Name, words[0]) })
		if i < 0 {
			return v.BadValue(c.Name, c.attribute(), words[0])
		}
		p := c.Attributes[i]
		if len(words) == 1 {
			return v.Missing(c.Name, p)
		}
		value, ok := p.Type.Canonical(words[1])
		if !ok {
			return v.BadValue(c.Name, p, words[1])
		}
		args[p.Name], words = value, words[2:]
	}
	return ""
}
