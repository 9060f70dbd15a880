package sim

import (
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// run carries out a command line. Once it has begun, it goes on to its end whatever becomes of the connection; only a loss
// of power ends it.
func (v *visit) run(line string, ch ssh.Channel) uint32 {
	if !v.host.epochIs(v.epoch) {
		return 255
	}
	argv := words(line)
	switch argv[0] {
	case "tally":
		return v.tally(argv[1])
	case "tallied":
		return v.tallied(argv[1], ch)
	case "cycle":
		return v.cycle()
	case "status":
		return v.status(ch)
	}
	return v.script(line, ch)
}

// words takes a line apart as the engine quoted it.
func words(line string) []string {
	var out []string
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		var w string
		if line[0] == '\'' {
			w, line, _ = strings.Cut(line[1:], "'")
		} else {
			w, line, _ = strings.Cut(line, " ")
		}
		out = append(out, w)
	}
	return append(out, "", "")
}

// tally is done once, some time after it was begun: what counts is that it was.
func (v *visit) tally(id string) uint32 {
	h := v.host
	h.change(func() {
		h.busy[id]++
		h.w.note(h, v.by, "tally", id)
	})
	time.Sleep(h.w.draw(4 * time.Second))
	done := false
	h.change(func() {
		if done = h.epoch == v.epoch; done {
			h.tallies[id]++
			h.w.note(h, v.by, "tallied", id)
		}
		h.busy[id]--
	})
	time.Sleep(h.w.draw(2 * time.Second))
	if !done {
		return 255
	}
	return 0
}

// tallied is how one finds out whether a tally was done; it waits for one under way.
func (v *visit) tallied(id string, out io.Writer) uint32 {
	h := v.host
	if !h.await(v.epoch, func() bool { return h.busy[id] == 0 }) {
		return 255
	}
	h.w.mu.Lock()
	n := h.tallies[id]
	h.w.note(h, v.by, "probe", id)
	h.w.mu.Unlock()
	fmt.Fprintln(out, n)
	return 0
}

// cycle restarts the host's software: it is down at once and comes back later, if it does.
func (v *visit) cycle() uint32 {
	h := v.host
	begun := false
	h.change(func() {
		h.w.note(h, v.by, "cycle", "")
		if begun = !h.ignoring; begun {
			h.running = false
			h.changing++
			h.w.note(h, v.by, "restarting", "")
		}
	})
	if begun {
		h.w.serving.Go(func() { h.comeBack(v.epoch) })
	}
	time.Sleep(h.w.draw(2 * time.Second))
	if !h.epochIs(v.epoch) {
		return 255
	}
	return 0
}

func (h *host) comeBack(epoch int) {
	time.Sleep(h.restartTakes)
	alive := h.await(epoch, func() bool { return !h.stuck })
	h.change(func() {
		h.changing--
		if alive && h.changing == 0 {
			h.running = true
			h.starts++
			h.w.note(h, nil, "back", "")
		}
	})
}

func (v *visit) status(out io.Writer) uint32 {
	h := v.host
	h.w.mu.Lock()
	state := "down"
	if h.running {
		state = "up"
	}
	starts := h.starts
	h.w.mu.Unlock()
	fmt.Fprintln(out, state, starts)
	return 0
}
