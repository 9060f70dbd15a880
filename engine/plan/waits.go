package plan

import "github.com/muster-run/muster/engine/addr"

// WaitsFor names the nodes that a node's expressions refer to and whose outputs are not known yet: the reason why something
// cannot be told before the run. They come in the order of their numbers, those without outputs for good left out.
func (p *Plan) WaitsFor(node int, results Results) []int {
	n := &p.Nodes[node]
	if n.Block == nil {
		return nil
	}
	unknown := func(list []int, b *Block, host int) []int {
		if host < 0 || b.at == nil {
			return list
		}
		for _, on := range b.at[host].append(nil) {
			if _, known := results.Output(on); !known && !results.Missing(on) {
				list = appendOnce(list, on)
			}
		}
		return list
	}
	var out []int
	for _, t := range n.Block.tasks {
		out = unknown(out, t, n.Host)
	}
	for _, ref := range n.Block.plays {
		switch ref.reach {
		case sameHost:
			out = unknown(out, ref.block, n.Host)
		case oneHost:
			out = unknown(out, ref.block, ref.host)
		case everyHost:
			for host := range p.Hosts {
				out = unknown(out, ref.block, host)
			}
		}
	}
	return out
}

// Named writes a node as the node from would speak of it: without the host and the play where they are its own.
func (p *Plan) Named(from, node int) string {
	a, own := p.Nodes[node].Addr, p.Nodes[from].Addr
	if a.Host == own.Host {
		a.Host = ""
	}
	if a.Kind == addr.Task && a.Play == own.Play {
		a.Play = ""
	}
	return a.String()
}
