package executor

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/engine/schedule"
)

// The run goes on once the first questions are answered and nobody wants it to pause, whichever comes last.
func TestFirstQuestionsAndPauses(t *testing.T) {
	pause, goOn := []schedule.Event{schedule.Pause{}}, []schedule.Event{schedule.Continue{}}
	for _, c := range []struct {
		name  string
		steps string // p: a pause, c: its end, a: the last answer
		want  []schedule.Event
	}{
		{"nobody pauses", "a", goOn},
		{"paused until after the answers", "pac", append(pause, goOn...)},
		{"paused and continued before", "pca", append(pause, goOn...)},
		{"paused later", "apc", append(goOn, append(pause, goOn...)...)},
		{"paused to the end", "pa", pause},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &watch{first: map[int]bool{0: true}}
			var got []schedule.Event
			for _, s := range c.steps {
				switch s {
				case 'p':
					got = append(got, w.steered(pause)...)
				case 'c':
					got = append(got, w.steered(goOn)...)
				case 'a':
					delete(w.first, 0)
					got = append(got, w.goOn()...)
				}
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}
