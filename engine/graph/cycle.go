package graph

import (
	"cmp"
	"slices"
)

// Cycles gives, for each set of vertices that all come before each other, one shortest cycle through it, as its edges:
// each begins where the one before it ended, and the last one leads back to the first. None: the graph has an order.
//
// A cycle begins at the vertex of it that was added first, and the cycles are sorted by that vertex.
func (g *Graph[V, E]) Cycles() [][]Edge[V, E] {
	t := tarjan[V, E]{g: g, number: make([]int, len(g.vertices)), low: make([]int, len(g.vertices)), part: make([]int, len(g.vertices))}
	for v := range g.vertices {
		if t.number[v] == 0 {
			t.visit(v)
		}
	}
	var cycles [][]Edge[V, E]
	for _, members := range t.parts {
		slices.Sort(members)
		if c := g.shortest(members, t.part); c != nil {
			cycles = append(cycles, c)
		}
	}
	slices.SortFunc(cycles, func(a, b []Edge[V, E]) int { return cmp.Compare(g.index[a[0].From], g.index[b[0].From]) })
	return cycles
}

// tarjan finds the strongly connected parts. part is 0 while a vertex has none yet.
type tarjan[V comparable, E any] struct {
	g           *Graph[V, E]
	count       int
	number, low []int
	part        []int
	parts       [][]int
	stack       []int
}

func (t *tarjan[V, E]) visit(v int) {
	t.count++
	t.number[v], t.low[v] = t.count, t.count
	t.stack = append(t.stack, v)
	for _, a := range t.g.out[v] {
		switch {
		case t.number[a.to] == 0:
			t.visit(a.to)
			t.low[v] = min(t.low[v], t.low[a.to])
		case t.part[a.to] == 0: // still on the stack
			t.low[v] = min(t.low[v], t.number[a.to])
		}
	}
	if t.low[v] != t.number[v] {
		return
	}
	i := len(t.stack) - 1
	for t.stack[i] != v {
		i--
	}
	members := slices.Clone(t.stack[i:])
	t.stack = t.stack[:i]
	t.parts = append(t.parts, members)
	for _, m := range members {
		t.part[m] = len(t.parts)
	}
}

// shortest searches from each member of a part in turn, so that among equally short cycles the first one added wins.
func (g *Graph[V, E]) shortest(members []int, part []int) []Edge[V, E] {
	var best []Edge[V, E]
	via := make(map[int]Edge[V, E], len(members)) // the edge by which a vertex was reached
	for _, start := range members {
		clear(via)
		c := g.back(start, part, via)
		if c != nil && (best == nil || len(c) < len(best)) {
			best = c
		}
		if len(best) == 1 {
			break
		}
	}
	return best
}

// back is a breadth-first search from a vertex to itself inside its part.
func (g *Graph[V, E]) back(start int, part []int, via map[int]Edge[V, E]) []Edge[V, E] {
	queue := []int{start}
	for i := 0; i < len(queue); i++ {
		v := queue[i]
		for _, a := range g.out[v] {
			if part[a.to] != part[start] {
				continue
			}
			if _, seen := via[a.to]; seen {
				continue
			}
			via[a.to] = g.edge(v, a)
			if a.to == start {
				return g.path(start, via)
			}
			queue = append(queue, a.to)
		}
	}
	return nil
}

func (g *Graph[V, E]) path(start int, via map[int]Edge[V, E]) []Edge[V, E] {
	var edges []Edge[V, E]
	for v := start; ; {
		e := via[v]
		edges = append(edges, e)
		if v = g.index[e.From]; v == start {
			slices.Reverse(edges)
			return edges
		}
	}
}
