package report

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/muster-run/muster/engine/event"
)

// Own stands where a value is another one on each host, such as the digest of a host's own certificate.
const Own = "<own on each host>"

// ownFrom is from how many hosts on values that all differ are taken for the hosts' own: of two, one may be wrong.
const ownFrom = 3

// own finds lines that say the same on their hosts but for words that differ on every one of them, and gives for each of
// those lines one that they share. A value that two hosts have in common is not a host's own: then nothing is joined.
func own(hosts map[string][]*Line) map[*Line]*Line {
	used := map[*Line]int{}
	for _, lines := range hosts {
		for _, l := range lines {
			used[l]++
		}
	}
	families := map[string][]*Line{}
	for l := range used {
		families[l.skeleton()] = append(families[l.skeleton()], l)
	}
	shared := map[*Line]*Line{}
	for _, family := range families {
		if len(family) < ownFrom || slices.ContainsFunc(family, func(l *Line) bool { return used[l] > 1 }) {
			continue
		}
		slices.SortFunc(family, func(a, b *Line) int { return cmp.Compare(a.id, b.id) })
		if joined := join(family); joined != nil {
			for _, l := range family {
				shared[l] = joined
			}
		}
	}
	return shared
}

// skeleton is what lines have in common that may differ in values only.
func (l *Line) skeleton() string {
	parts := []string{l.Instance.String(), string(l.Status), l.Pending, l.Text}
	for _, c := range l.Changes {
		parts = append(parts, c.What, strconv.FormatBool(c.Before == ""), strconv.FormatBool(c.After == ""))
	}
	return strings.Join(parts, "\x00")
}

// join makes one line of a family; nil when some word is neither the same on all hosts nor another one on each.
func join(family []*Line) *Line {
	out := *family[0]
	out.Changes = make([]event.Change, len(out.Changes))
	column := make([]string, len(family))
	for i, c := range family[0].Changes {
		out.Changes[i].What = c.What
		for k, l := range family {
			column[k] = l.Changes[i].Before
		}
		before, ok := joinText(column)
		if !ok {
			return nil
		}
		for k, l := range family {
			column[k] = l.Changes[i].After
		}
		after, ok := joinText(column)
		if !ok {
			return nil
		}
		out.Changes[i].Before, out.Changes[i].After = before, after
	}
	return &out
}

func joinText(texts []string) (string, bool) {
	words := make([][]string, len(texts))
	for i, t := range texts {
		words[i] = strings.Split(t, " ")
		if len(words[i]) != len(words[0]) {
			return "", false
		}
	}
	out := make([]string, len(words[0]))
	for i := range out {
		different := map[string]bool{}
		for _, w := range words {
			different[w[i]] = true
		}
		switch len(different) {
		case 1:
			out[i] = words[0][i]
		case len(texts):
			out[i] = Own
		default:
			return "", false
		}
	}
	return strings.Join(out, " "), true
}
