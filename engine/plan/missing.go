package plan

import (
	"fmt"
	"slices"

	"github.com/muster-run/muster/engine/diag"
)

// notInPlay says why a reference to a host finds nothing: no such host, another play's, or left out by --limit.
func (b *builder) notInPlay(d dep) diag.Diagnostic {
	var names []string
	for _, h := range d.on.Play.Hosts {
		names = append(names, b.plan.Hosts[h].Name)
	}
	detail := fmt.Sprintf("Play %q runs on %s.", d.on.Play.Name, diag.List(names))
	if len(names) == 0 {
		detail = fmt.Sprintf("Play %q runs on no host.", d.on.Play.Name)
	}
	otherwise := "Name one of its hosts."
	for _, h := range b.in.Inventory.Hosts {
		switch {
		case h.Name != d.host:
		case slices.Contains(d.on.Play.leftOut, h):
			otherwise = "It is left out of this run, and what refers to it cannot go on without it."
		case b.in.Limit != "":
			otherwise = "--limit may have left it out: widen it."
		}
	}
	return diag.At(d.at, diag.UnknownHost, fmt.Sprintf("%s does not run on host %q", d.on.Addr, d.host), detail, diag.DidYouMean(d.host, names, otherwise))
}

// missingKeys reports keys that no host's for_each has.
func (c *connector) missingKeys(block *Block) {
	for _, d := range block.deps {
		if !d.keyed || d.reach != sameHost {
			continue
		}
		var keys []string
		for _, node := range c.allNodes(d.on) {
			keys = appendOnce(keys, c.b.plan.Nodes[node].Addr.Key)
		}
		if !slices.Contains(keys, d.key) && len(keys) > 0 {
			c.b.addIn(block, diag.At(d.at, diag.UnknownReference, fmt.Sprintf("%s has no instance %q", d.on.Addr, d.key),
				"Its for_each gives: "+diag.List(keys)+".", diag.DidYouMean(d.key, keys, "Name one of them.")))
		}
	}
}
