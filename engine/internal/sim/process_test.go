package sim

import (
	"context"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/executor"
	"github.com/muster-run/muster/engine/transport"
	"github.com/muster-run/muster/engine/transport/ssh"
)

// process is one controller's process, from its start to its end or death.
type process struct {
	w      *world
	name   string
	run    *controller
	cancel context.CancelFunc
	doom   doom
	timers []*time.Timer
	tap    *tap
	sink   *events
	path   string // of the journal
	first  int    // records that stood in it before
	stop   chan struct{}
	steer  chan executor.Steering

	dead   bool // guarded by world.mu
	asleep bool
	bytes  int64
	since  time.Time
}

// doom is when a process dies, by whichever comes first; zero: it lives.
type doom struct {
	after  time.Duration
	bytes  int64 // written to the network
	waits  int   // that it has waited for its journal; with an even number before it is answered, else after
	power  bool  // the machine goes with it, and what was not durable
	failAt int   // not death: the journal takes so many records
	// nor this: after a while it is cut off the network, as a laptop that is closed, and so long it stays
	nap, naps time.Duration
	// nor these: the first Ctrl-C, and the second
	stop, abandon time.Duration
}

func (p *process) arm() {
	p.since = time.Now()
	if p.doom.after > 0 {
		p.timers = append(p.timers, time.AfterFunc(p.doom.after, p.die))
	}
	p.stop = make(chan struct{})
	if p.doom.stop > 0 {
		p.timers = append(p.timers, time.AfterFunc(p.doom.stop, func() { close(p.stop) }))
	}
	if p.doom.abandon > 0 {
		p.timers = append(p.timers, time.AfterFunc(p.doom.abandon, p.cancel))
	}
	if p.doom.naps > 0 {
		p.timers = append(p.timers, time.AfterFunc(p.doom.nap, func() { p.sleeps(true) }),
			time.AfterFunc(p.doom.nap+p.doom.naps, func() { p.sleeps(false) }))
	}
}

func (p *process) disarm() {
	for _, t := range p.timers {
		t.Stop()
	}
}

// die kills the process: its connections are cut, its journal is as it was, and whatever its goroutines still do reaches
// nobody.
func (p *process) die() {
	p.w.mu.Lock()
	if p.dead {
		p.w.mu.Unlock()
		return
	}
	p.dead = true
	p.w.mu.Unlock()
	p.tap.freeze(p.path)
	p.w.net.each(func(l *link) bool { return l.by == p }, (*link).reset)
	p.cancel()
}

// sends counts what the process writes, and may be the last thing that it does.
func (p *process) sends(n int64) {
	p.w.mu.Lock()
	p.bytes += n
	die := p.doom.bytes > 0 && p.bytes > p.doom.bytes && p.tap != nil && !p.dead
	p.w.mu.Unlock()
	if die {
		p.die()
	}
}

func (p *process) isDead() bool {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	return p.dead
}

func (p *process) isAsleep() bool {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	return p.asleep
}

// sleeps takes the controller off the network, or brings it back.
func (p *process) sleeps(on bool) {
	p.w.mu.Lock()
	p.asleep = on
	p.w.mu.Unlock()
	p.w.net.each(func(l *link) bool { return l.by == p }, func(l *link) { l.hold(on) })
}

// dialer is the real one over this world's network.
func (p *process) dialer() transport.Dialer {
	return ssh.NewDialer(ssh.Options{AgentSocket: ssh.NoAgent, Connect: func(ctx context.Context, _, address string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		if p.isDead() {
			return nil, syscall.ENETDOWN
		}
		return p.w.at(host).connect(ctx, p)
	}})
}

// events keeps a process's events and hands them to its journal.
type events struct {
	p    *process
	mu   sync.Mutex
	all  []event.Event
	then event.Sink
}

func (s *events) Handle(e event.Event) {
	s.mu.Lock()
	s.all = append(s.all, e)
	then := s.then
	s.mu.Unlock()
	if e.Type == event.RolloutWaits {
		time.AfterFunc(s.p.w.draw(2*time.Minute), s.p.promote)
	}
	if then != nil {
		then.Handle(e)
	}
}

// promote is the person who has looked at the canary.
func (p *process) promote() {
	if p.isDead() {
		return
	}
	p.w.mu.Lock()
	if p.run.promoted.IsZero() {
		p.run.promoted = time.Now()
	}
	p.w.mu.Unlock()
	select {
	case p.steer <- executor.Steering{What: "promote", By: "op"}:
	default:
	}
}
