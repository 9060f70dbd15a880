package graph

import (
	"cmp"
	"slices"
)

// Reduce gives the graph without the edges that other edges imply: what comes before what stays the same. Of several
// edges between two vertices the first one stays. A graph with a cycle comes back whole.
func (g *Graph[V, E]) Reduce() *Graph[V, E] {
	order := g.order(nil)
	cyclic := len(order) != len(g.vertices)
	place := make([]int, len(g.vertices))
	for i, v := range order {
		place[v] = i
	}
	r := &Graph[V, E]{}
	for _, v := range g.vertices {
		r.Add(v)
	}
	seen := make([]int, len(g.vertices)) // seen from vertex v-1
	for v := range g.vertices {
		if cyclic {
			for _, a := range g.out[v] {
				r.Connect(g.vertices[v], g.vertices[a.to], a.value)
			}
			continue
		}
		for _, a := range g.nearest(v, place, seen) {
			r.Connect(g.vertices[v], g.vertices[a.to], a.value)
		}
	}
	return r
}

// nearest keeps the arcs of v whose end no other arc of v leads to, in the order they were made. Ends that come first in
// the order are looked at first, so an end that is already seen is reachable through another one.
func (g *Graph[V, E]) nearest(v int, place, seen []int) []arc[E] {
	byPlace := make([]int, len(g.out[v]))
	for i := range byPlace {
		byPlace[i] = i
	}
	slices.SortStableFunc(byPlace, func(i, j int) int {
		return cmp.Compare(place[g.out[v][i].to], place[g.out[v][j].to])
	})
	var keep []int
	for _, i := range byPlace {
		to := g.out[v][i].to
		if seen[to] == v+1 {
			continue
		}
		keep = append(keep, i)
		g.mark(to, v+1, seen)
	}
	slices.Sort(keep)
	arcs := make([]arc[E], len(keep))
	for i, k := range keep {
		arcs[i] = g.out[v][k]
	}
	return arcs
}

// mark everything reachable from a vertex, the vertex included.
func (g *Graph[V, E]) mark(from, with int, seen []int) {
	stack := []int{from}
	seen[from] = with
	for len(stack) > 0 {
		v := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, a := range g.out[v] {
			if seen[a.to] != with {
				seen[a.to] = with
				stack = append(stack, a.to)
			}
		}
	}
}
