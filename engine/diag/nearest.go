package diag

import (
	"fmt"
	"sort"
	"strings"
)

// Nearest returns the candidate that word is most likely a misspelling of, or "" when none is close. A swap of two
// neighbouring letters counts as one edit, as does a wrong, missing or extra letter; case counts nothing. Of
// two that are equally near, the one of word's length is meant.
func Nearest(word string, candidates []string) string {
	best, bestDistance, bestGap := "", tolerance(word)+1, 0
	w := fold(word)
	sorted := append([]string(nil), candidates...)
	sort.Strings(sorted)
	for _, c := range sorted {
		f := fold(c)
		d, gap := distance(w, f, bestDistance+1), max(len(f)-len(w), len(w)-len(f))
		if d < len(f) && (d < bestDistance || d == bestDistance && best != "" && gap < bestGap) {
			best, bestDistance, bestGap = c, d, gap
		}
	}
	return best
}

// DidYouMean is the sentence `Did you mean "x"?` for the nearest candidate, or otherwise when none is close.
func DidYouMean(word string, candidates []string, otherwise string) string {
	if n := Nearest(word, candidates); n != "" {
		return fmt.Sprintf("Did you mean %q?", n)
	}
	return otherwise
}

// List writes names for a message, sorted, at most eight of them.
func List(names []string) string {
	const most = 8
	sorted := append([]string(nil), names...)
	sort.Strings(sorted)
	if len(sorted) > most {
		return strings.Join(sorted[:most], ", ") + fmt.Sprintf(" and %d more", len(sorted)-most)
	}
	return strings.Join(sorted, ", ")
}

// tolerance is how many edits a word of that length may be away: one in three letters, at least one, at most three.
func tolerance(word string) int {
	return max(1, min(3, len([]rune(word))/3))
}

// fold prepares a word for comparison; what is longer than any name of ours is cut, so that distance stays cheap.
func fold(s string) []rune {
	r := []rune(strings.ToLower(s))
	return r[:min(len(r), 64)]
}

// distance is the optimal string alignment distance of a and b, or limit when it is not smaller.
func distance(a, b []rune, limit int) int {
	if diff := len(a) - len(b); diff >= limit || -diff >= limit {
		return limit
	}
	two, one, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range one {
		one[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(one[j]+1, row[j-1]+1, one[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], two[j-2]+1)
			}
		}
		two, one, row = one, row, two
	}
	return min(one[len(b)], limit)
}
