package graph

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Dot writes the graph in Graphviz's language, vertices named by label, drawn from left to right.
func (g *Graph[V, E]) Dot(w io.Writer, label func(V) string) error {
	b := bufio.NewWriter(w)
	fmt.Fprint(b, "digraph {\n\trankdir=LR\n\tnode [shape=box]\n")
	for i, v := range g.vertices {
		fmt.Fprintf(b, "\tn%d [label=%s]\n", i, quote(label(v)))
	}
	for f := range g.out {
		for _, a := range g.out[f] {
			fmt.Fprintf(b, "\tn%d -> n%d\n", f, a.to)
		}
	}
	fmt.Fprint(b, "}\n")
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write graph: %w", err)
	}
	return nil
}

var escapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", "")

func quote(s string) string { return `"` + escapes.Replace(s) + `"` }
