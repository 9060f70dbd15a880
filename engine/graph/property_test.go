package graph_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/muster-run/muster/engine/graph"
)

type numbers = graph.Graph[int, int]

// draw makes a random graph; an acyclic one has only edges from smaller to larger numbers of a shuffled naming.
func draw(t *rapid.T, acyclic bool) *numbers {
	n := rapid.IntRange(1, 14).Draw(t, "vertices")
	names := rapid.Permutation(seq(n)).Draw(t, "names")
	g := &numbers{}
	for v := range n {
		g.Add(v)
	}
	for i := range rapid.IntRange(0, 3*n).Draw(t, "edges") {
		a, b := rapid.IntRange(0, n-1).Draw(t, "from"), rapid.IntRange(0, n-1).Draw(t, "to")
		if acyclic {
			if a == b {
				continue
			}
			a, b = min(a, b), max(a, b)
		}
		g.Connect(names[a], names[b], i)
	}
	return g
}

func seq(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}

// closure is the slow and obvious way: reach[a][b] when a path of at least one edge leads from a to b.
func closure(g *numbers) [][]bool {
	reach := make([][]bool, g.Len())
	for i := range reach {
		reach[i] = make([]bool, g.Len())
	}
	for _, e := range g.Edges() {
		reach[e.From][e.To] = true
	}
	for k := range reach {
		for i := range reach {
			for j := range reach {
				reach[i][j] = reach[i][j] || (reach[i][k] && reach[k][j])
			}
		}
	}
	return reach
}

func TestOrderRespectsEdges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := draw(t, true)
		order, ok := g.Order(func(a, b int) bool { return a > b })
		if !ok || len(order) != g.Len() {
			t.Fatalf("order %v of %d, ok %v", order, g.Len(), ok)
		}
		for _, e := range g.Edges() {
			if slices.Index(order, e.From) >= slices.Index(order, e.To) {
				t.Fatalf("%v comes too late in %v", e, order)
			}
		}
	})
}

func TestCyclesAreShortestAndOnePerPart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := draw(t, false)
		reach := closure(g)
		covered := map[int]bool{}
		for _, c := range g.Cycles() {
			for i, e := range c {
				if e.To != c[(i+1)%len(c)].From {
					t.Fatalf("not a cycle: %v", c)
				}
			}
			first := c[0].From
			if covered[first] {
				t.Fatalf("a part has two cycles: %v", c)
			}
			for v := range reach {
				if v == first || (reach[v][first] && reach[first][v]) {
					covered[v] = true
					if n := girth(g, v); n < len(c) {
						t.Fatalf("%v has %d edges, one through %d has %d", c, len(c), v, n)
					}
				}
			}
		}
		for v := range reach {
			if reach[v][v] != covered[v] {
				t.Fatalf("vertex %d: on a cycle %v, reported %v", v, reach[v][v], covered[v])
			}
		}
		if _, ok := g.Order(nil); ok != (len(covered) == 0) {
			t.Fatalf("order ok %v with %d vertices on cycles", ok, len(covered))
		}
	})
}

// girth is the length of the shortest cycle through a vertex that lies on one, by repeated steps.
func girth(g *numbers, v int) int {
	at := map[int]bool{v: true}
	for n := 1; ; n++ {
		next := map[int]bool{}
		for u := range at {
			for _, e := range g.From(u) {
				next[e.To] = true
			}
		}
		if next[v] {
			return n
		}
		at = next
	}
}

func TestReduceKeepsReachability(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := draw(t, true)
		r := g.Reduce()
		want := closure(g)
		if got := closure(r); !slices.EqualFunc(want, got, slices.Equal[[]bool]) {
			t.Fatalf("reachability changed: %v became %v", g.Edges(), r.Edges())
		}
		for i, e := range r.Edges() { // no edge may be left out any more
			less := &numbers{}
			for v := range g.Len() {
				less.Add(v)
			}
			for j, other := range r.Edges() {
				if i != j {
					less.Connect(other.From, other.To, other.Value)
				}
			}
			if closure(less)[e.From][e.To] {
				t.Fatalf("edge %v is implied in %v", e, r.Edges())
			}
		}
	})
}
