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

// own finds lines that say the same on their hosts but for words that most of them have for themselves, and gives for each
// of those lines one that they share. A word that hosts have in common, such as a date, is not a host's own: it stays, and
// keeps apart those that have another.
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
		if len(family) < ownFrom {
			continue
		}
		slices.SortFunc(family, func(a, b *Line) int { return cmp.Compare(a.id, b.id) })
		join(family, used, shared)
	}
	return shared
}

// skeleton is what lines have in common that may differ in words only.
func (l *Line) skeleton() string {
	parts := []string{l.Instance.String(), string(l.Status), l.Pending, l.Text}
	for _, c := range l.Changes {
		parts = append(parts, c.What, shape(c.Before), shape(c.After))
	}
	return strings.Join(parts, "\x00")
}

func shape(text string) string {
	if text == "" {
		return ""
	}
	return strconv.Itoa(len(strings.Split(text, " ")))
}

// words takes the values of a line apart.
func (l *Line) words() []string {
	var out []string
	for _, c := range l.Changes {
		out = append(append(out, strings.Split(c.Before, " ")...), strings.Split(c.After, " ")...)
	}
	return out
}

// with is the line with other words; they are as many as its own.
func (l *Line) with(words []string) *Line {
	out := *l
	out.Changes = make([]event.Change, len(l.Changes))
	take := func(text string) string {
		n := len(strings.Split(text, " "))
		text, words = strings.Join(words[:n], " "), words[n:]
		return text
	}
	for i, c := range l.Changes {
		out.Changes[i] = event.Change{What: c.What, Before: take(c.Before), After: take(c.After)}
	}
	return &out
}

// join makes lines of a family one where nothing but their hosts' own words keeps them apart.
func join(family []*Line, used map[*Line]int, shared map[*Line]*Line) {
	words := make([][]string, len(family))
	for i, l := range family {
		words[i] = l.words()
	}
	for column := range words[0] {
		hideOwn(family, used, words, column)
	}
	alike := map[string][]int{}
	for i := range family {
		key := strings.Join(words[i], "\x00")
		alike[key] = append(alike[key], i)
	}
	for _, same := range alike {
		if len(same) < 2 {
			continue // where it is like no other, its own words are told
		}
		joined := family[same[0]].with(words[same[0]])
		for _, i := range same {
			shared[family[i]] = joined
		}
	}
}

// hideOwn puts Own where a word stands on one host only, in a column in which most hosts have such a word.
func hideOwn(family []*Line, used map[*Line]int, words [][]string, column int) {
	hosts, total := map[string]int{}, 0
	for i, l := range family {
		hosts[words[i][column]] += used[l]
		total += used[l]
	}
	single := 0
	for _, n := range hosts {
		if n == 1 {
			single++
		}
	}
	if single < ownFrom || 2*single <= total {
		return
	}
	for i := range family {
		if w := words[i][column]; hosts[w] == 1 {
			words[i][column] = Own
		}
	}
}
