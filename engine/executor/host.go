package executor

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/plan"
	"github.com/muster-run/muster/engine/schedule"
	"github.com/muster-run/muster/engine/transport"
)

// hostState is what the executor knows of a host during a run.
type hostState struct {
	name, address string
	target        transport.Target
	// handlers are the host's handler nodes; where there are none, nothing can be owed and no marker is looked for.
	handlers []int
	// left is how many of the host's nodes have not finished, running how many run; only the owner of the core touches them.
	left, running int
	// contacted says that a connection was made once: from then on an unreachable host is a lost one.
	contacted atomic.Bool
	// wouldChange says, in a plan, that something on the host would change: what a probe would find then is not known.
	wouldChange atomic.Bool

	barred error                  // why it may not be contacted at all
	lost   atomic.Pointer[string] // why it may not be changed any more
	life   context.Context        // ends with that: attempts under way end, too
	end    context.CancelFunc

	mu      sync.Mutex
	last    transport.Transport // the connection that was used last
	read    bool
	markers map[string]bool // what is on the host now
	relying map[string]int  // attempts under way that rely on a marker
	earlier []string        // what was there at first contact and has not been told to the core yet
}

// Target is how a host of a plan is connected to.
func Target(p *plan.Plan, host int) transport.Target {
	h := p.Hosts[host]
	return transport.Target{Host: h.Name, Address: h.Address, Port: h.Port, User: h.User, KeyFile: h.SSHKey, KnownHosts: h.KnownHosts}
}

func newHosts(p *plan.Plan, barred map[string]error) []*hostState {
	hosts := make([]*hostState, len(p.Hosts))
	for i, h := range p.Hosts {
		hosts[i] = &hostState{name: h.Name, address: h.Address, target: Target(p, i), barred: barred[h.Name]}
		hosts[i].life, hosts[i].end = context.WithCancel(context.Background())
	}
	for n, node := range p.Spec.Nodes {
		if node.Host >= 0 {
			hosts[node.Host].left++
		}
		if node.Role == schedule.Handler {
			hosts[node.Host].handlers = append(hosts[node.Host].handlers, n)
		}
	}
	return hosts
}

func (h *hostState) markersRead() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.read
}

// setMarkers keeps what was there at first contact. Of two nodes that looked at the same time only the first is heard: what
// the other saw may be what this run has left since.
func (h *hostState) setMarkers(names []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.read {
		return
	}
	h.read = true
	if h.markers == nil {
		h.markers = map[string]bool{}
	}
	for _, n := range names {
		if strings.HasPrefix(n, ".") {
			continue // what an upload that was cut left behind
		}
		h.markers[n] = true
		h.earlier = append(h.earlier, n)
	}
}

func (h *hostState) marked(b addr.Block) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.markers[b.String()]
}

func (h *hostState) mark(b addr.Block, there bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.markers == nil {
		h.markers = map[string]bool{}
	}
	h.markers[b.String()] = there
}

func (h *hostState) claim(b addr.Block, n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.relying == nil {
		h.relying = map[string]int{}
	}
	h.relying[b.String()] += n
}

func (h *hostState) claims(b addr.Block) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.relying[b.String()]
}

// owed returns, once per host, what the markers of earlier runs name.
func (h *hostState) owed() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	names := h.earlier
	h.earlier = nil
	return names
}

// used remembers the connection, so that its end is seen also while no node uses it.
func (h *hostState) used(t transport.Transport) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last = t
}

// gone reports whether the connection that was used last has ended.
func (h *hostState) gone() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.last != nil && h.last.Err() != nil
}
