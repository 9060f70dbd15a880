package sim

import (
	"context"
	"net"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"
)

// host is one simulated server. What it keeps about itself is what the judge believes. Its state is guarded by world.mu.
type host struct {
	w                   *world
	name, address, site string
	config              *ssh.ServerConfig
	disk                *disk
	skew                time.Duration // of its clock
	restartTakes        time.Duration

	powered   bool
	reachable bool // by the network
	silent    bool // when it cannot be reached: no answer instead of a refusal
	epoch     int  // counts power cuts
	running   bool // its software
	starts    int  // of its software
	changing  int  // restarts under way
	stuck     bool // a restart does not come back
	ignoring  bool // a restart is acknowledged and not done
	tallies   map[string]int
	busy      map[string]int // tallies under way
	moved     chan struct{}  // closed and replaced when any of this changes
	cuts      []*cut         // of the next connections, in order
	latency   func(bytes int) time.Duration
}

func (w *world) newHost(name, address, site string, key ssh.Signer) *host {
	h := &host{w: w, name: name, address: address, site: site, powered: true, reachable: true, running: true, starts: 1,
		restartTakes: 20 * time.Second, tallies: map[string]int{}, busy: map[string]int{}, moved: make(chan struct{}),
		latency: steady(time.Millisecond)}
	h.disk = newDisk(h.now)
	h.config = &ssh.ServerConfig{PublicKeyCallback: func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) { return nil, nil }}
	h.config.AddHostKey(key)
	w.hosts = append(w.hosts, h)
	return h
}

// now is the host's own clock.
func (h *host) now() time.Time { return time.Now().Add(h.skew) }

// change does f and tells those who wait; it is called with world.mu free.
func (h *host) change(f func()) {
	h.w.mu.Lock()
	defer h.w.mu.Unlock()
	f()
	close(h.moved)
	h.moved = make(chan struct{})
}

// await returns when cond holds, or false when the host lost its power first.
func (h *host) await(epoch int, cond func() bool) bool {
	for {
		h.w.mu.Lock()
		ok, alive, moved := cond(), h.epoch == epoch, h.moved
		h.w.mu.Unlock()
		if ok || !alive {
			return alive
		}
		<-moved
	}
}

func (h *host) epochIs(n int) bool {
	h.w.mu.Lock()
	defer h.w.mu.Unlock()
	return h.epoch == n
}

// delay is the network's at the moment.
func (h *host) delay() time.Duration {
	h.w.mu.Lock()
	defer h.w.mu.Unlock()
	return h.latency(0)
}

func (h *host) nextCut() *cut {
	h.w.mu.Lock()
	defer h.w.mu.Unlock()
	if len(h.cuts) == 0 {
		return nil
	}
	c := h.cuts[0]
	h.cuts = h.cuts[1:]
	return c
}

// powerOff stops everything on the host; its connections fall silent or are reset.
func (h *host) powerOff(silent bool) {
	h.change(func() {
		h.powered, h.running, h.silent = false, false, silent
		h.epoch++
		h.w.note(h, nil, "off", "")
	})
	h.drop(silent)
}

func (h *host) powerOn() {
	h.change(func() {
		if h.powered {
			return
		}
		h.powered, h.running = true, true
		h.starts++
		h.w.note(h, nil, "on", "")
	})
	h.drop(false) // what still holds on to a connection from before is told now
}

// isolate takes the host off the network or brings it back; its software goes on.
func (h *host) isolate(off, silent bool) {
	h.change(func() { h.reachable, h.silent = !off, silent })
	if off {
		h.drop(silent)
	}
}

func (h *host) drop(silent bool) {
	h.w.net.each(func(l *link) bool { return l.host == h }, func(l *link) {
		if silent {
			l.stall()
		} else {
			l.reset()
		}
	})
}

// connect is what a controller's TCP connection is.
func (h *host) connect(ctx context.Context, by *process) (net.Conn, error) {
	pause(ctx, h.delay())
	h.w.mu.Lock()
	there, silent, epoch := h.powered && h.reachable && !by.dead, h.silent || by.asleep, h.epoch
	h.w.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case by.isAsleep() || !there && silent:
		<-ctx.Done()
		return nil, ctx.Err()
	case !there:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: nowhere, Err: syscall.ECONNREFUSED}
	}
	client, server, l := h.link(by)
	if by.isDead() {
		l.reset()
	}
	h.w.net.add(l)
	v := &visit{host: h, by: by, epoch: epoch, link: l}
	h.w.serving.Go(func() {
		v.serve(server)
		h.w.net.remove(l)
	})
	return client, nil
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
