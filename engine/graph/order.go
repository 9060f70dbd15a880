package graph

import (
	"container/heap"
	"slices"
)

// Order lists the vertices so that each comes after all that must come before it; among those that could come next, the
// least does, and among equals the one that was added first. A nil less means the order of adding. When the graph has a
// cycle, the result is false and the list holds only what comes before any cycle.
func (g *Graph[V, E]) Order(less func(a, b V) bool) ([]V, bool) {
	indexes := g.order(less)
	order := make([]V, len(indexes))
	for i, v := range indexes {
		order[i] = g.vertices[v]
	}
	return order, len(order) == len(g.vertices)
}

func (g *Graph[V, E]) order(less func(a, b V) bool) []int {
	waiting := slices.Clone(g.in)
	next := &ready[V]{vertices: g.vertices, less: less}
	for v, n := range waiting {
		if n == 0 {
			heap.Push(next, v)
		}
	}
	order := make([]int, 0, len(g.vertices))
	for next.Len() > 0 {
		v := heap.Pop(next).(int)
		order = append(order, v)
		for _, a := range g.out[v] {
			if waiting[a.to]--; waiting[a.to] == 0 {
				heap.Push(next, a.to)
			}
		}
	}
	return order
}

// ready is the heap of vertices that nothing holds back any more.
type ready[V any] struct {
	vertices []V
	less     func(a, b V) bool
	heap     []int
}

func (r *ready[V]) Len() int      { return len(r.heap) }
func (r *ready[V]) Swap(i, j int) { r.heap[i], r.heap[j] = r.heap[j], r.heap[i] }
func (r *ready[V]) Push(v any)    { r.heap = append(r.heap, v.(int)) }

func (r *ready[V]) Pop() any {
	v := r.heap[len(r.heap)-1]
	r.heap = r.heap[:len(r.heap)-1]
	return v
}

func (r *ready[V]) Less(i, j int) bool {
	a, b := r.heap[i], r.heap[j]
	if r.less != nil {
		if r.less(r.vertices[a], r.vertices[b]) {
			return true
		}
		if r.less(r.vertices[b], r.vertices[a]) {
			return false
		}
	}
	return a < b
}
