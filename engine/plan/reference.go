package plan

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/lang"
)

// references makes dependencies of what a block's expressions refer to.
func (b *builder) references(block *Block) {
	own := ownHost(block.syntax())
	for _, r := range block.Refs {
		switch r.Root {
		case "task":
			if block.Play == nil || block.Check != nil {
				continue // checkBlock has said so
			}
			t := b.byAddr[addr.Block{Play: block.Play.Name, Kind: addr.Task, Name: r.Name}]
			if t == nil {
				continue
			}
			block.deps = append(block.deps, dep{on: t, key: r.Key, keyed: r.Indexed && r.Key != "", text: "refers to", at: r.Range})
			block.tasks = appendOnce(block.tasks, t)
		case "play":
			if t := b.byAddr[addr.Block{Play: r.Play, Kind: addr.Task, Name: r.Name}]; t != nil {
				b.crossReference(block, t, r, own)
			}
		}
	}
}

// crossReference is to another play's task: on a host that is named, on the node's own host, or on all.
func (b *builder) crossReference(block, t *Block, r lang.Ref, own map[hcl.Range]bool) {
	d := dep{on: t, reach: everyHost, text: "refers to", at: r.Range}
	switch {
	case r.Indexed && r.Key != "":
		d.reach, d.host = oneHost, r.Key
	case own[r.Range]:
		d.reach = sameHost
	}
	if t.Play == block.Play && block.Play != nil && block.Play.source.Rollout != nil && d.reach != sameHost && block.Check == nil {
		b.addIn(block, diag.At(r.Range, diag.BadRollout, "a reference to other hosts of a play with a rollout",
			fmt.Sprintf("Play %q has a rollout (%s): the first wave would wait for a later one.", t.Play.Name, place(t.Play.source.Rollout.Range)),
			"Move the task that refers into a play of its own, or put the rollout on the handler."))
		return
	}
	block.deps = append(block.deps, d)
	block.plays = append(block.plays, playRef{block: t, reach: d.reach, name: d.host})
}

// syntax is the source of what is evaluated for a block's nodes.
func (b *Block) syntax() []any {
	switch {
	case b.Check != nil:
		return []any{b.Check.Rule.Condition, b.Check.Rule.ErrorMessage}
	case b.health != nil:
		return []any{b.health.Body}
	}
	return []any{b.When, b.task.Body}
}

// ownHost finds the references of the form play.P.task.x[host.name], which reach no other host, by their place.
func ownHost(syntax []any) map[hcl.Range]bool {
	found := map[hcl.Range]bool{}
	for _, s := range syntax {
		node, ok := s.(hclsyntax.Node)
		if !ok {
			continue
		}
		// The callback gives no diagnostics, so neither does the walk.
		_ = hclsyntax.VisitAll(node, func(n hclsyntax.Node) hcl.Diagnostics {
			if index, ok := n.(*hclsyntax.IndexExpr); ok && isHostName(index.Key) {
				if c, ok := index.Collection.(*hclsyntax.ScopeTraversalExpr); ok {
					found[c.SrcRange] = true
				}
			}
			return nil
		})
	}
	return found
}

func isHostName(e hclsyntax.Expression) bool {
	t, ok := e.(*hclsyntax.ScopeTraversalExpr)
	if !ok || len(t.Traversal) != 2 || t.Traversal.RootName() != "host" {
		return false
	}
	attr, ok := t.Traversal[1].(hcl.TraverseAttr)
	return ok && attr.Name == "name"
}
