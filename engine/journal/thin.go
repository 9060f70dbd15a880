package journal

import (
	"sync"
	"time"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/event"
)

// progressEvery is how often a node's progress is kept. A wait that is told every two seconds, on a thousand hosts for
// twenty minutes, would be hundreds of megabytes of the same words.
const progressEvery = 30 * time.Second

// thinning leaves out progress that says nothing new or comes too soon. The zero thinning is ready.
type thinning struct {
	mu   sync.Mutex
	last map[addr.Node]progress
}

type progress struct {
	at   time.Time
	text string
}

// keeps reports whether an event belongs in the journal.
func (t *thinning) keeps(e event.Event) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch e.Type {
	case event.NodeFinished:
		delete(t.last, e.Node)
	case event.NodeProgress:
		if before, told := t.last[e.Node]; told && (e.Text == before.text || e.Time.Sub(before.at) < progressEvery) {
			return false
		}
		if t.last == nil {
			t.last = map[addr.Node]progress{}
		}
		t.last[e.Node] = progress{e.Time, e.Text}
	}
	return true
}
