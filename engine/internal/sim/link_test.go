package sim

import (
	"sync"
	"syscall"
	"time"
)

// link is a connection between a controller and a host, as the network sees it.
type link struct {
	up, down *lane // towards the host, towards the controller
	by       *process
	host     *host

	mu    sync.Mutex
	bytes int64 // both ways
	fault *cut
}

// cut is what becomes of a connection after so many bytes, counted both ways.
type cut struct {
	after int64
	stall bool // silence instead of a reset
}

func (h *host) link(by *process) (client, server *socket, l *link) {
	delay := func(int) time.Duration { return h.delay() }
	l = &link{by: by, host: h, up: newLane(delay), down: newLane(delay)}
	l.fault = h.nextCut()
	client = &socket{in: l.down, out: l.up, wrote: func(n int64) { by.sends(n); l.count(n) }}
	server = &socket{in: l.up, out: l.down, wrote: l.count}
	return client, server, l
}

// count watches the bytes; the write that passes the limit is the first that is lost.
func (l *link) count(n int64) {
	l.mu.Lock()
	l.bytes += n
	struck := l.fault != nil && l.bytes > l.fault.after
	var f cut
	if struck {
		f, l.fault = *l.fault, nil
	}
	l.mu.Unlock()
	switch {
	case struck && f.stall:
		l.stall()
	case struck:
		l.reset()
	}
}

// reset ends it at once, and both ends are told.
func (l *link) reset() {
	l.up.reset(syscall.ECONNRESET)
	l.down.reset(syscall.ECONNRESET)
}

// stall loses everything from now on, and nobody is told.
func (l *link) stall() {
	for _, lane := range []*lane{l.up, l.down} {
		lane.set(func() { lane.lost, lane.queue = true, nil })
	}
}

// hold keeps everything back until release.
func (l *link) hold(on bool) {
	for _, lane := range []*lane{l.up, l.down} {
		lane.set(func() { lane.held = on })
	}
}

// network is all links there are.
type network struct {
	mu    sync.Mutex
	links map[*link]bool
}

func (n *network) add(l *link) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.links == nil {
		n.links = map[*link]bool{}
	}
	n.links[l] = true
}

func (n *network) remove(l *link) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.links, l)
}

// each calls f for the links that fit, without the lock.
func (n *network) each(fits func(*link) bool, f func(*link)) {
	n.mu.Lock()
	var found []*link
	for l := range n.links {
		if fits(l) {
			found = append(found, l)
		}
	}
	n.mu.Unlock()
	for _, l := range found {
		f(l)
	}
}

// steady is a latency that never varies.
func steady(d time.Duration) func(int) time.Duration { return func(int) time.Duration { return d } }
