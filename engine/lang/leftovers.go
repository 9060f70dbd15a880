package lang

import (
	"sort"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// leftover is an argument or block that nobody asked a body for.
type leftover struct {
	name  string
	block bool
	rng   hcl.Range
}

// leftovers lists what is left in a body after PartialContent. The library tells the places only in diagnostics, so the names
// are looked up by place.
func leftovers(rest hcl.Body) []leftover {
	_, hd := rest.Content(&hcl.BodySchema{})
	b, ok := rest.(*hclsyntax.Body)
	if len(hd) == 0 || !ok {
		return nil
	}
	at := map[hcl.Range]leftover{}
	for name, a := range b.Attributes {
		at[a.NameRange] = leftover{name: name, rng: a.NameRange}
	}
	for _, bl := range b.Blocks {
		at[bl.TypeRange] = leftover{name: bl.Type, block: true, rng: bl.TypeRange}
	}
	var out []leftover
	for _, d := range hd {
		if d.Subject == nil {
			continue
		}
		if l, ok := at[*d.Subject]; ok {
			out = append(out, l)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].rng.Start.Byte < out[j].rng.Start.Byte })
	return out
}
