package plan

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/diag"
)

// choose marks the blocks that --tags and --target select, what those need, and the handlers that they notify.
func (b *builder) choose(context.Context) error {
	if len(b.in.Tags) == 0 && len(b.in.Targets) == 0 {
		for _, block := range b.blocks {
			block.chosen = true
		}
		return nil
	}
	tagged, ok1 := b.tagged()
	targeted, ok2 := b.targeted()
	if !ok1 || !ok2 {
		return errStop
	}
	c := chooser{b: b, pulled: map[*Block]*Block{}}
	for _, block := range b.blocks {
		if block.Addr.Kind == addr.Task && tagged[block] && targeted[block] {
			c.take(block)
		}
	}
	if len(c.taken) == 0 {
		b.add(diag.Diagnostic{Code: diag.NothingSelected, Summary: "--tags and --target together select no task",
			Detail: "A task has to satisfy both.", Advice: "Leave one of them out.", Source: "command line"})
		return errStop
	}
	c.close()
	b.notePulled(c.pulled)
	return nil
}

// tagged are the tasks that --tags selects.
func (b *builder) tagged() (map[*Block]bool, bool) {
	all, known := map[*Block]bool{}, []string{}
	for _, block := range b.blocks {
		for _, t := range block.Tags {
			known = appendOnce(known, t)
		}
		all[block] = len(b.in.Tags) == 0 || slices.ContainsFunc(block.Tags, func(t string) bool { return slices.Contains(b.in.Tags, t) })
	}
	ok := true
	for _, tag := range b.in.Tags {
		if !slices.Contains(known, tag) {
			otherwise := "There are: " + diag.List(known) + "."
			if len(known) == 0 {
				otherwise = "No task of this playbook has tags."
			}
			b.add(diag.Diagnostic{Code: diag.UnknownTag, Summary: fmt.Sprintf("no task has the tag %q", tag),
				Detail: "A selector that matches nothing is an error.", Advice: diag.DidYouMean(tag, known, otherwise),
				Source: fmt.Sprintf("command line, --tags '%s'", strings.Join(b.in.Tags, ","))})
			ok = false
		}
	}
	return all, ok
}

// targeted are the tasks that --target selects, with their keys where it names them.
func (b *builder) targeted() (map[*Block]bool, bool) {
	out, ok := map[*Block]bool{}, true
	for _, s := range b.in.Targets {
		target, err := addr.ParseTarget(s)
		if err != nil {
			b.add(diag.Diagnostic{Code: diag.BadTarget, Summary: fmt.Sprintf("target %q cannot be read", s), Source: targetSource(s),
				Detail: "An address has another form.", Advice: `Write play.NAME, task.NAME, PLAY.task.NAME, each task with an optional ["KEY"].`})
			ok = false
			continue
		}
		ok = b.target(target, s, out) && ok
	}
	if len(b.in.Targets) == 0 {
		for _, block := range b.blocks {
			out[block] = true
		}
	}
	return out, ok
}

func targetSource(s string) string { return fmt.Sprintf("command line, --target '%s'", s) }

func (b *builder) target(target addr.Target, s string, out map[*Block]bool) bool {
	found := false
	for _, block := range b.blocks {
		any := target
		any.Keyed, any.Key = false, ""
		if block.Addr.Kind != addr.Task || !any.Matches(addr.Instance{Block: block.Addr}) {
			continue
		}
		if target.Keyed && block.forEach() == nil {
			b.add(diag.Diagnostic{Code: diag.UnknownTarget, Summary: fmt.Sprintf("%s has no keys", block.Addr), Source: targetSource(s),
				Detail: "The task has no for_each.", Advice: fmt.Sprintf("Write --target %s.", block.Addr)})
			return false
		}
		found = true
		switch {
		case !target.Keyed:
			out[block], block.keys = true, nil
		case !out[block]:
			out[block], block.keys = true, map[string]string{target.Key: s}
		case block.keys != nil:
			block.keys[target.Key] = s
		}
	}
	if !found {
		known := b.targets()
		b.add(diag.Diagnostic{Code: diag.UnknownTarget, Summary: fmt.Sprintf("no task has the address %q", s), Source: targetSource(s),
			Detail: "A selector that matches nothing is an error.", Advice: diag.DidYouMean(s, known, "There are: "+diag.List(known)+".")})
	}
	return found
}

// targets lists what --target can name.
func (b *builder) targets() []string {
	var known []string
	for _, play := range b.plan.Plays {
		known = append(known, "play."+play.Name)
		for _, block := range play.blocks {
			if block.Addr.Kind == addr.Task {
				known = append(known, block.Addr.String())
				known = appendOnce(known, "task."+block.Addr.Name)
			}
		}
	}
	return known
}

// chooser finds what the chosen blocks need.
type chooser struct {
	b      *builder
	taken  []*Block
	pulled map[*Block]*Block // what was pulled in, and by which block
}

func (c *chooser) take(block *Block) {
	if !block.chosen {
		block.chosen = true
		c.taken = append(c.taken, block)
	}
}

// pull takes a block whole, because another one needs it.
func (c *chooser) pull(block, by *Block) {
	if !block.chosen {
		c.pulled[block] = by
	}
	block.keys = nil
	c.take(block)
}

// close takes in turn what each taken block needs, its handlers, and their health.
func (c *chooser) close() {
	gates := map[*Play]bool{}
	for i := 0; i < len(c.taken); i++ {
		block := c.taken[i]
		for _, d := range block.deps {
			c.pull(d.on, block)
		}
		for _, n := range block.notifies {
			c.take(n.on)
		}
		c.follow(block)
		if block.Play != nil && !gates[block.Play] {
			gates[block.Play] = true
			c.waitedFor(block)
		}
	}
}

// follow takes the checks that stand above a task, what a check looks at, and the health of what is taken.
func (c *chooser) follow(block *Block) {
	for _, other := range c.b.blocks {
		switch {
		case other.health != nil && (other.of == block || other.of == nil && other.Play == block.Play):
			c.take(other)
		case other.Check != nil && other.Play == block.Play && block.Addr.Kind == addr.Task && other.order < block.order:
			c.take(other)
		case block.Check != nil && other.Addr.Kind == addr.Task && other.Play == block.Play && other.order < block.order:
			c.pull(other, block)
		}
	}
}

// waitedFor takes the plays whole that a block's play waits for.
func (c *chooser) waitedFor(block *Block) {
	for _, ref := range block.Play.source.DependsOn {
		gate := c.b.gates[ref.Name]
		if gate == nil {
			continue
		}
		for _, other := range gate.gate.blocks {
			if other.Addr.Kind == addr.Handler || other.health != nil {
				c.take(other)
			} else {
				c.pull(other, block)
			}
		}
	}
}

func (b *builder) notePulled(pulled map[*Block]*Block) {
	for _, block := range b.plan.Blocks {
		if by := pulled[block]; by != nil {
			b.plan.Notes = append(b.plan.Notes, fmt.Sprintf("%s runs too, because %s needs it.", block.Addr, by.Addr))
		}
	}
}
