package schedule

import (
	"fmt"
	"strings"

	"github.com/muster-run/muster/engine/graph"
)

// findCycle runs the spec dry, with every node ending well at once and rollouts set aside. What is left over waits for
// itself, by needs and by the order of the hosts' queues.
func (m *Machine) findCycle() error {
	d := dryRun{m: m, waits: make([]int32, len(m.nodes)), done: make([]bool, len(m.nodes)), head: make([]int32, len(m.hosts))}
	for n := range m.nodes {
		d.waits[n] = m.nodes[n].waits
		if m.nodes[n].host == none {
			d.try(int32(n))
		}
	}
	for h := range m.hosts {
		d.head[h] = m.hosts[h].head
		d.advance(int32(h))
	}
	for len(d.stack) > 0 {
		n := d.stack[len(d.stack)-1]
		d.stack = d.stack[:len(d.stack)-1]
		d.end(n)
	}
	if d.ended == len(m.nodes) {
		return nil
	}
	return d.describe()
}

type dryRun struct {
	m     *Machine
	waits []int32
	done  []bool // ended, or on the stack
	head  []int32
	stack []int32
	ended int
}

func (d *dryRun) try(n int32) {
	if d.waits[n] == 0 && !d.done[n] {
		d.done[n] = true
		d.stack = append(d.stack, n)
	}
}

// advance looks at the block at the head of a host's queue.
func (d *dryRun) advance(h int32) {
	m := d.m
	for i := d.head[h]; i < m.hosts[h].end && i < m.nodes[m.queue[d.head[h]]].block; i++ {
		d.try(m.queue[i])
	}
}

func (d *dryRun) end(n int32) {
	m := d.m
	d.ended++
	d.waits[n] = none // really ended
	for _, next := range m.needer[m.needAt[n]:m.needAt[n+1]] {
		d.waits[next]--
		if h := m.nodes[next].host; h == none || d.atHead(h, next) {
			d.try(next)
		}
	}
	if h := m.nodes[n].host; h != none {
		before := d.head[h]
		for d.head[h] < m.hosts[h].end && d.waits[m.queue[d.head[h]]] == none {
			d.head[h]++
		}
		if d.head[h] != before {
			d.advance(h)
		}
	}
}

func (d *dryRun) atHead(h, n int32) bool {
	m := d.m
	return d.head[h] < m.hosts[h].end && m.nodes[n].block == m.nodes[m.queue[d.head[h]]].block
}

// describe names one cycle among what is left over.
func (d *dryRun) describe() error {
	g := &graph.Graph[int, string]{}
	m := d.m
	for n := range m.nodes {
		if d.waits[n] == none {
			continue
		}
		for _, need := range m.spec.Nodes[n].Needs {
			g.Connect(need, n, "is needed by")
		}
	}
	for h := range m.hosts {
		for i := d.head[h]; i < m.hosts[h].end; i++ {
			if next := m.nodes[m.queue[i]].block; next < m.hosts[h].end {
				for j := next; j < m.nodes[m.queue[next]].block; j++ {
					g.Connect(int(m.queue[i]), int(m.queue[j]), "is queued before")
				}
			}
		}
	}
	var words []string
	for _, e := range g.Cycles()[0] {
		words = append(words, fmt.Sprintf("%d %s %d", e.From, e.Value, e.To))
	}
	return fmt.Errorf("nodes wait for each other: %s", strings.Join(words, ", "))
}
