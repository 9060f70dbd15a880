package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/diag"
)

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
