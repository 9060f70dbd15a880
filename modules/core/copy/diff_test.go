package copy

import (
	"strings"
	"testing"
)

func TestManyLines(t *testing.T) {
	got := lineDiff("line", "", strings.Repeat("x\n", shownLines+7))
	if len(got) != shownLines+1 || got[shownLines].What != "and 7 more lines" {
		t.Errorf("%d entries, the last %+v", len(got), got[len(got)-1])
	}
	if got := lineDiff("line", "", strings.Repeat("é", 1000)+"\n"); len([]rune(got[0].After)) != shownWidth+1 {
		t.Errorf("a long line is %d characters", len([]rune(got[0].After)))
	}
}

func FuzzLineDiff(f *testing.F) {
	f.Add("a\nb\n", "a\nc")
	f.Add("", "\r\n")
	f.Add("\n\n", "\n")
	f.Fuzz(func(t *testing.T, before, after string) {
		got := lineDiff("line", before, after)
		if (before == after) != (len(got) == 0) {
			t.Errorf("%d entries", len(got))
		}
		for _, d := range got {
			if d.Before == "" && d.After == "" && !strings.HasPrefix(d.What, "and ") || strings.Contains(d.Before+d.After, "\n") {
				t.Errorf("entry %+v", d)
			}
		}
	})
}
