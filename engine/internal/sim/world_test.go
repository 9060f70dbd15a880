package sim

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// world is everything outside the controllers: the hosts, the network between, and the one record of what happened.
type world struct {
	net     network
	serving sync.WaitGroup

	mu     sync.Mutex
	random *rand.Rand
	hosts  []*host
	record []entry
	begin  time.Time
	calm   bool // nothing goes wrong any more
}

// entry is one line of the record.
type entry struct {
	at   time.Time
	host *host
	by   *process // nil: nobody, it happened
	kind string
	what string
	due  *debt // for an effect: what the journal held durably of it at that moment
	// missing is, for a restart, what should have been done on the host before; for the activation of a key, who had not
	// been staged.
	missing []string
}

// debt is what the judge wants to find durable before an effect.
type debt struct{ intent, effect bool }

func newWorld(seed uint64) *world {
	return &world{random: rand.New(rand.NewPCG(seed, 7)), begin: time.Now()}
}

// note is called with mu held.
func (w *world) note(h *host, by *process, kind, what string) {
	e := entry{at: time.Now(), host: h, by: by, kind: kind, what: what}
	switch {
	case kind == "cycle":
		e.missing = h.undone(by)
	case kind == "write" && what == keyFile:
		e.missing = w.unstaged(h, by)
	}
	if e.effect() && by.tap != nil && !own(what) {
		e.due = &debt{}
		e.due.intent, e.due.effect = by.tap.holds(h.name, cmp.Or(strings.TrimPrefix(what, home+"/"), kind))
	}
	w.record = append(w.record, e)
}

// own are the files by which a transport and a lease keep house.
func own(name string) bool {
	return strings.HasPrefix(path.Base(name), ".muster-") || strings.HasPrefix(name, home+"/.muster/lease")
}

// undone is what a run has not yet done on a host. mu is held.
func (h *host) undone(by *process) (missing []string) {
	for name, text := range map[string]string{"/one": "one for " + h.name, "/two": "two for " + h.name} {
		if have, _ := h.disk.get(name); have != text {
			missing = append(missing, name)
		}
	}
	if id := "count-" + by.run.name + "-" + h.name; h.tallies[id] == 0 {
		missing = append(missing, id)
	}
	if _, holds := h.disk.get(keyFile); by.run.policy.share && !holds {
		missing = append(missing, keyFile)
	}
	return missing
}

// unstaged names the hosts that this process asked what they hold, and that neither hold what is being activated on h nor
// have it staged. mu is held.
func (w *world) unstaged(h *host, by *process) (missing []string) {
	key, _ := h.disk.get(keyFile)
	if staged, ok := h.disk.get(stagedFile); !ok || staged != key {
		return nil // it is made here
	}
	for _, e := range w.record {
		if e.kind != "look" || e.by != by || slices.Contains(missing, e.host.name) {
			continue
		}
		have, _ := e.host.disk.get(keyFile)
		if staged, _ := e.host.disk.get(stagedFile); have != key && staged != key {
			missing = append(missing, e.host.name)
		}
	}
	return missing
}

// after has something happen, unless all is calm by then.
func (w *world) after(d time.Duration, f func()) {
	time.AfterFunc(d, func() {
		if !w.isCalm() {
			f()
		}
	})
}

func (w *world) isCalm() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.calm
}

// mend takes everything away that is wrong.
func (w *world) mend() {
	w.mu.Lock()
	w.calm = true
	w.mu.Unlock()
	for _, h := range w.hosts {
		off := false
		h.change(func() {
			off = !h.powered
			h.reachable, h.stuck, h.ignoring, h.cuts, h.latency = true, false, false, nil, steady(time.Millisecond)
		})
		if off {
			h.powerOn()
		}
		h.disk.deny("", false)
	}
}

// some is a part of n.
func (w *world) some(n int64) int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.random.Int64N(n + 1)
}

// draw is a time up to most.
func (w *world) draw(most time.Duration) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Duration(w.random.Int64N(int64(most)))
}

func (w *world) at(address string) *host {
	for _, h := range w.hosts {
		if h.address == address {
			return h
		}
	}
	return nil
}

// end closes every connection and waits until the hosts are still.
func (w *world) end() {
	for _, h := range w.hosts {
		h.change(func() { h.epoch++; h.stuck = false })
	}
	w.net.each(func(*link) bool { return true }, (*link).reset)
	w.serving.Wait()
}

// tell is the record as text, for whoever looks into a failing seed.
func (w *world) tell() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var b strings.Builder
	for _, e := range w.record {
		by := "-"
		if e.by != nil {
			by = e.by.name
		}
		fmt.Fprintf(&b, "%9.3fs %-3s %-4s %-8s %s\n", e.at.Sub(w.begin).Seconds(), e.host.name, by, e.kind, e.what)
	}
	return b.String()
}
