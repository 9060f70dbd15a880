package executor

import (
	"slices"
	"sync"
	"time"

	"github.com/zclconf/go-cty/cty"

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

	notified [][]int // handlers that each node notified, in all its attempts
}

var _ plan.Results = (*results)(nil)

func newResults(p *plan.Plan) *results {
	n := len(p.Nodes)
	return &results{values: make([]cty.Value, n), last: make([]outcome, n), missing: make([]bool, n), started: make([]time.Time, n),
		owedBy: map[int]bool{}, notified: make([][]int, n)}
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
