package view

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Fold writes a set of hosts as few names with ranges, in the form that --limit and an inventory read:
// xsp01.fra, xsp02.fra and xsp03.fra give xsp[01:03].fra. Names keep the order of their first host.
func Fold(hosts []string) []string {
	names := make([][]string, len(hosts))
	longest := 0
	for i, h := range hosts {
		names[i] = split(h)
		longest = max(longest, len(names[i]))
	}
	for part := 1; part < longest; part += 2 {
		names = foldPart(names, part)
	}
	folded := make([]string, len(names))
	for i, n := range names {
		folded[i] = strings.Join(n, "")
	}
	return folded
}

// split cuts a name into text and digits, taking turns and beginning with text: every odd part is a number.
func split(name string) []string {
	var parts []string
	for len(name) > 0 {
		n := len(name) - len(strings.TrimLeftFunc(name, func(r rune) bool { return isDigit(r) == (len(parts)%2 == 1) }))
		parts = append(parts, name[:n])
		name = name[n:]
	}
	return parts
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

// family is names that differ in one part only.
type family struct {
	parts  []string
	digits []string
}

// foldPart joins names that differ in one number only, where those numbers follow each other.
func foldPart(names [][]string, part int) [][]string {
	families := map[string]*family{}
	var order []*family
	for _, n := range names {
		if part >= len(n) || !isDigit(rune(n[part][0])) || len(n[part]) > 9 {
			order = append(order, &family{parts: n})
			continue
		}
		key := strings.Join(n[:part], "") + "\x00" + strings.Join(n[part+1:], "")
		f, ok := families[key]
		if !ok {
			f = &family{parts: n}
			families[key] = f
			order = append(order, f)
		}
		f.digits = append(f.digits, n[part])
	}
	var out [][]string
	for _, f := range order {
		if f.digits == nil {
			out = append(out, f.parts)
		}
		for _, r := range ranges(f.digits) {
			name := slices.Clone(f.parts)
			name[part] = r
			out = append(out, name)
		}
	}
	return out
}

// ranges writes numbers that follow each other as [first:last]. With a leading zero anywhere, only numbers of one width
// are neighbours: 9 and 10 are, 09 and 010 are not.
func ranges(digits []string) []string {
	padded := slices.ContainsFunc(digits, func(d string) bool { return len(d) > 1 && d[0] == '0' })
	slices.SortFunc(digits, func(a, b string) int {
		if padded {
			return cmp.Or(len(a)-len(b), strings.Compare(a, b))
		}
		return number(a) - number(b)
	})
	var out []string
	for len(digits) > 0 {
		n := 1
		for n < len(digits) && number(digits[n]) == number(digits[n-1])+1 && (!padded || len(digits[n]) == len(digits[n-1])) {
			n++
		}
		if n == 1 {
			out = append(out, digits[0])
		} else {
			out = append(out, "["+digits[0]+":"+digits[n-1]+"]")
		}
		digits = digits[n:]
	}
	return out
}

func number(digits string) int {
	n, _ := strconv.Atoi(digits) // at most nine digits
	return n
}

// Hosts is a folded set on one line of at most width bytes, ending in "and 40 more" where it does not fit.
func Hosts(hosts []string, width int) string {
	folded := Fold(hosts)
	line := strings.Join(folded, ",")
	for shown := len(folded) - 1; len(line) > width && shown > 0; shown-- {
		left := len(hosts)
		for _, f := range folded[:shown] {
			left -= size(f)
		}
		line = fmt.Sprintf("%s and %d more", strings.Join(folded[:shown], ","), left)
	}
	return line
}

// size is how many hosts a folded name stands for.
func size(folded string) int {
	n := 1
	for {
		_, rest, ok := strings.Cut(folded, "[")
		if !ok {
			return n
		}
		span, tail, _ := strings.Cut(rest, "]")
		from, to, _ := strings.Cut(span, ":")
		n *= number(to) - number(from) + 1
		folded = tail
	}
}
