package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/engine/graph"
)

// parse reads "a>b c>d e": edges named by their place in the text, and lone vertices.
func parse(text string) *graph.Graph[string, int] {
	g := &graph.Graph[string, int]{}
	for i, word := range strings.Fields(text) {
		if from, to, ok := strings.Cut(word, ">"); ok {
			g.Connect(from, to, i)
		} else {
			g.Add(word)
		}
	}
	return g
}

func format(edges []graph.Edge[string, int]) string {
	var words []string
	for _, e := range edges {
		words = append(words, fmt.Sprintf("%s>%s#%d", e.From, e.To, e.Value))
	}
	return strings.Join(words, " ")
}

func TestCycles(t *testing.T) {
	tests := map[string]struct {
		graph string
		want  []string
	}{
		"none":             {"a>b b>c a>c", nil},
		"itself":           {"a>b b>b", []string{"b>b#1"}},
		"two":              {"a>b b>a", []string{"a>b#0 b>a#1"}},
		"shortest":         {"a>b b>c c>d d>a c>b", []string{"b>c#1 c>b#4"}},
		"starts at first":  {"x a>b c>a b>c", []string{"a>b#1 b>c#3 c>a#2"}},
		"one each":         {"a>b b>a p>q q>p a>p", []string{"a>b#0 b>a#1", "p>q#2 q>p#3"}},
		"first reason":     {"a>b a>b b>a", []string{"a>b#0 b>a#2"}},
		"sorted by vertex": {"z y z>z y>y", []string{"z>z#2", "y>y#3"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, c := range parse(tt.graph).Cycles() {
				got = append(got, format(c))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("cycles (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOrder(t *testing.T) {
	byName := func(a, b string) bool { return a < b }
	tests := map[string]struct {
		graph string
		less  func(a, b string) bool
		want  string
		ok    bool
	}{
		"adding order":  {"c b a", nil, "c b a", true},
		"by name":       {"c b a", byName, "a b c", true},
		"edges first":   {"c>a b>a", byName, "b c a", true},
		"ties by less":  {"z>y z>x z>w", byName, "z w x y", true},
		"before cycles": {"a>b b>c c>b d", byName, "a d", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, ok := parse(tt.graph).Order(tt.less)
			if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" || ok != tt.ok {
				t.Errorf("ok %v, order (-want +got):\n%s", ok, diff)
			}
		})
	}
}

func TestReduce(t *testing.T) {
	tests := map[string]struct{ graph, want string }{
		"implied":      {"a>b b>c a>c", "a>b#0 b>c#1"},
		"twice":        {"a>b a>b", "a>b#0"},
		"far":          {"a>d a>b b>c c>d", "a>b#1 b>c#2 c>d#3"},
		"order kept":   {"a>c a>b", "a>c#0 a>b#1"},
		"cycle: whole": {"a>b b>a a>b", "a>b#0 a>b#2 b>a#1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, format(parse(tt.graph).Reduce().Edges())); diff != "" {
				t.Errorf("edges (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDot(t *testing.T) {
	var b strings.Builder
	if err := parse("a>b").Dot(&b, func(v string) string { return v + ` "x\y"` + "\n2" }); err != nil {
		t.Fatal(err)
	}
	want := `digraph {
	rankdir=LR
	node [shape=box]
	n0 [label="a \"x\\y\"\n2"]
	n1 [label="b \"x\\y\"\n2"]
	n0 -> n1
}
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("dot (-want +got):\n%s", diff)
	}
}

func TestContents(t *testing.T) {
	g := parse("a>b c b>c")
	if !g.Has("a") || g.Has("d") || g.Len() != 3 {
		t.Errorf("has a %v, has d %v, len %d", g.Has("a"), g.Has("d"), g.Len())
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, g.Vertices()); diff != "" {
		t.Errorf("vertices (-want +got):\n%s", diff)
	}
	if got := format(g.From("b")) + "|" + format(g.From("d")); got != "b>c#2|" {
		t.Errorf("from b and d: %s", got)
	}
}
