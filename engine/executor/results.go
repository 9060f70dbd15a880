package executor

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/plan"
)

// results holds how nodes ended: attempts read the values of earlier nodes from it while the owner of the core writes.
type results struct {
	mu      sync.RWMutex
	values  []cty.Value
	last    []outcome
	missing []bool
	started []time.Time
	owedBy  map[int]bool // handlers that a marker of an earlier run notified

	notified [][]int        // handlers that each node notified, in all its attempts
	certain  map[int]bool   // handlers that a node is sure to notify
	perhaps  map[int]string // handlers that a node may notify in an apply, and the first such
	renewed  map[int]bool   // handlers that a node of this process notified for what it did or found
}

var _ plan.Results = (*results)(nil)

func newResults(p *plan.Plan) *results {
	n := len(p.Nodes)
	return &results{values: make([]cty.Value, n), last: make([]outcome, n), missing: make([]bool, n), started: make([]time.Time, n),
		owedBy: map[int]bool{}, notified: make([][]int, n), certain: map[int]bool{}, perhaps: map[int]string{}, renewed: map[int]bool{}}
}

// Output implements plan.Results.
func (r *results) Output(node int) (cty.Value, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	v := r.values[node]
	return v, v != cty.NilVal
}

// Missing implements plan.Results.
func (r *results) Missing(node int) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.missing[node]
}

// lack notes that a node came to nothing.
func (r *results) lack(node int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.missing[node] = true
}

// keep takes in how the last attempt of a node ended.
func (r *results) keep(node int, out outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.values[node], r.last[node] = out.value, out
	r.last[node].value = cty.NilVal
}

func (r *results) owe(handler int) { r.owedBy[handler] = true }

// notify notes whom a node notified; only the owner of the core asks.
func (r *results) notify(node int, handlers []int) {
	for _, h := range handlers {
		if !slices.Contains(r.notified[node], h) {
			r.notified[node] = append(r.notified[node], h)
		}
	}
}

// unsure is why a node of a plan could not be told, where it said so itself.
func (r *results) unsure(node int) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if out := r.last[node]; out.status == event.Unsure && !strings.Contains(out.text, "waits for") {
		return out.text
	}
	return ""
}

// expect notes that a node would notify handlers, or only may.
func (r *results) expect(handlers []int, sure bool, because string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, h := range handlers {
		if sure {
			r.certain[h] = true
		} else if r.perhaps[h] == "" {
			r.perhaps[h] = because
		}
	}
}

// expected is whether a handler is sure to run in an apply, and otherwise on what it depends.
func (r *results) expected(handler int) (sure bool, perhaps string) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.certain[handler], r.perhaps[handler]
}

// renew notes that handlers are notified for what a node of this process did or found on its host.
func (r *results) renew(handlers []int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, h := range handlers {
		r.renewed[h] = true
	}
}

func (r *results) isRenewed(handler int) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.renewed[handler]
}
