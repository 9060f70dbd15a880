// Package graph is a directed graph of anything comparable, with a value on each edge that says why it is there: its
// cycles, a stable order, the reduction that is worth drawing, and Graphviz text.
//
// It has no word of the domain and walks nothing: what may run when is decided elsewhere.
package graph

// Graph of vertices V; an edge carries a value E, such as a reason and where it is written. The zero value is an empty
// graph. Two vertices may be connected more than once, for different reasons. All results depend only on the order of
// the Add and Connect calls, never on a map.
type Graph[V comparable, E any] struct {
	vertices []V
	index    map[V]int
	out      [][]arc[E] // by vertex index
	in       []int      // how many arcs lead to a vertex
}

type arc[E any] struct {
	to    int
	value E
}

// Edge from one vertex to another: From comes first.
type Edge[V comparable, E any] struct {
	From, To V
	Value    E
}

// Add puts a vertex into the graph, once.
func (g *Graph[V, E]) Add(v V) { g.add(v) }

func (g *Graph[V, E]) add(v V) int {
	if i, ok := g.index[v]; ok {
		return i
	}
	if g.index == nil {
		g.index = map[V]int{}
	}
	i := len(g.vertices)
	g.index[v] = i
	g.vertices = append(g.vertices, v)
	g.out = append(g.out, nil)
	g.in = append(g.in, 0)
	return i
}

// Connect says that from comes before to, and why. Vertices that are not there yet are added.
func (g *Graph[V, E]) Connect(from, to V, value E) {
	f, t := g.add(from), g.add(to)
	g.out[f] = append(g.out[f], arc[E]{t, value})
	g.in[t]++
}

// Has reports whether the vertex is in the graph.
func (g *Graph[V, E]) Has(v V) bool {
	_, ok := g.index[v]
	return ok
}

// Len is the number of vertices.
func (g *Graph[V, E]) Len() int { return len(g.vertices) }

// Vertices are all of them, in the order they were added. The slice belongs to the caller.
func (g *Graph[V, E]) Vertices() []V { return append([]V(nil), g.vertices...) }

// Edges are all of them, by their first vertex, then in the order they were made.
func (g *Graph[V, E]) Edges() []Edge[V, E] {
	var edges []Edge[V, E]
	for f := range g.out {
		edges = append(edges, g.edgesFrom(f)...)
	}
	return edges
}

// From gives the edges that begin at the vertex.
func (g *Graph[V, E]) From(v V) []Edge[V, E] {
	f, ok := g.index[v]
	if !ok {
		return nil
	}
	return g.edgesFrom(f)
}

func (g *Graph[V, E]) edgesFrom(f int) []Edge[V, E] {
	edges := make([]Edge[V, E], len(g.out[f]))
	for i, a := range g.out[f] {
		edges[i] = g.edge(f, a)
	}
	return edges
}

func (g *Graph[V, E]) edge(from int, a arc[E]) Edge[V, E] {
	return Edge[V, E]{From: g.vertices[from], To: g.vertices[a.to], Value: a.value}
}
