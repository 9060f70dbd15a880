package plan

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/inventory"
	"github.com/muster-run/muster/engine/lang"
)

// selectHosts finds each play's hosts, in the order of the inventory, and the hosts of the run, which are all of those.
func (b *builder) selectHosts(context.Context) error {
	allowed := b.limit()
	excluded, ok := b.excluded()
	if allowed == nil || !ok {
		return errStop
	}
	selected := make([]map[*inventory.Host]bool, len(b.plan.Plays))
	used, left := map[*inventory.Host]bool{}, map[*inventory.Host]bool{}
	sound := true
	for i, play := range b.plan.Plays {
		hosts, ok := b.playHosts(play)
		sound = sound && ok
		selected[i] = map[*inventory.Host]bool{}
		for _, h := range hosts {
			switch {
			case !allowed[h]:
			case excluded[h]:
				play.leftOut = append(play.leftOut, h)
				left[h] = true
			default:
				selected[i][h], used[h] = true, true
			}
		}
		switch {
		case len(hosts) > 0 && len(selected[i]) == 0:
			play.Emptied = true
			b.plan.Notes = append(b.plan.Notes, fmt.Sprintf("Play %q runs nowhere: %s leaves none of its hosts.", play.Name, emptiedBy(play)))
		case len(hosts) == 0 && ok:
			b.plan.Notes = append(b.plan.Notes, fmt.Sprintf("Play %q runs nowhere: its pattern %q selects no host.", play.Name, play.Pattern))
		}
	}
	if !sound {
		return errStop
	}
	b.leftOut = len(left)
	b.numberHosts(used, selected)
	switch {
	case len(b.plan.Hosts) > 0 || len(b.plan.Plays) == 0:
	case b.leftOut > 0:
		b.add(diag.Diagnostic{Code: diag.NothingSelected, Summary: "every host is left out", Source: "hosts that are left out",
			Detail: "The hosts that the playbook and the limit select are all excluded.", Advice: "Leave fewer of them out."})
		return errStop
	case b.in.Limit != "":
		b.add(diag.Diagnostic{Code: diag.NothingSelected, Summary: "the limit leaves no host", Source: limitSource(b.in.Limit),
			Detail: "The hosts that it selects are in none of the playbook's plays.", Advice: "Choose hosts of a play: muster inventory list shows what a pattern selects."})
		return errStop
	}
	return nil
}

func emptiedBy(play *Play) string {
	if len(play.leftOut) > 0 {
		return "what is left out"
	}
	return "--limit"
}

func (b *builder) numberHosts(used map[*inventory.Host]bool, selected []map[*inventory.Host]bool) {
	p := b.plan
	for _, h := range b.in.Inventory.Hosts {
		if !used[h] {
			continue
		}
		for i, play := range p.Plays {
			if selected[i][h] {
				play.Hosts = append(play.Hosts, len(p.Hosts))
			}
		}
		p.Hosts = append(p.Hosts, h)
		p.scopes = append(p.scopes, lang.NewHost(h.Name, h.Address, h.Groups, h.Data))
	}
	p.Spec.Hosts, p.Spec.Forks, p.runHosts = len(p.Hosts), b.in.Forks, len(p.Hosts)+b.leftOut
	b.findNamedHosts()
}

// findNamedHosts numbers the hosts that references to other plays name; what names none is reported by connect.
func (b *builder) findNamedHosts() {
	index := map[string]int{}
	for i, h := range b.plan.Hosts {
		index[h.Name] = i
	}
	number := func(refs []playRef) {
		for i := range refs {
			refs[i].host = -1
			if n, ok := index[refs[i].name]; ok {
				refs[i].host = n
			}
		}
	}
	for _, block := range b.blocks {
		number(block.plays)
	}
	number(b.plan.outputRefs)
}

// excluded is the set of hosts that are left out; not ok when a name is none of a host.
func (b *builder) excluded() (map[*inventory.Host]bool, bool) {
	byName := map[string]*inventory.Host{}
	var names []string
	for _, h := range b.in.Inventory.Hosts {
		byName[h.Name] = h
		names = append(names, h.Name)
	}
	out, ok := map[*inventory.Host]bool{}, true
	for _, x := range b.in.Exclude {
		h := byName[x.Name]
		if h == nil {
			b.add(diag.Diagnostic{Code: diag.UnknownHost, Summary: fmt.Sprintf("no host is named %q", x.Name), Source: "hosts that are left out",
				Detail: "What is left out has to be in the inventory.", Advice: diag.DidYouMean(x.Name, names, "Leave it away, or use the inventory that has it.")})
			ok = false
			continue
		}
		out[h] = true
	}
	return out, ok
}

// limit is the set of hosts that --limit leaves; nil when the pattern is wrong.
func (b *builder) limit() map[*inventory.Host]bool {
	allowed := map[*inventory.Host]bool{}
	hosts := b.in.Inventory.Hosts
	if b.in.Limit != "" {
		var ds diag.Diagnostics
		hosts, ds = b.in.Inventory.Select(b.in.Limit, inventory.PatternAt{Source: limitSource(b.in.Limit)})
		b.add(ds...)
		if ds.HasErrors() {
			return nil
		}
		if len(hosts) == 0 {
			b.add(diag.Diagnostic{Code: diag.NothingSelected, Summary: "the limit leaves no host", Source: limitSource(b.in.Limit),
				Detail: "Each part of the pattern matches something, and together they leave nothing.", Advice: "Change the pattern: muster inventory list shows what one selects."})
			return nil
		}
	}
	for _, h := range hosts {
		allowed[h] = true
	}
	return allowed
}

func limitSource(limit string) string { return fmt.Sprintf("command line, --limit '%s'", limit) }

// patterns evaluates what each play says about its hosts.
func (b *builder) patterns(context.Context) error {
	for _, play := range b.plan.Plays {
		if play.source.Hosts == nil {
			continue // Load has said so
		}
		in := fmt.Sprintf("play %q", play.Name)
		sound := len(b.diags)
		play.Pattern = strings.TrimSpace(b.settings(in, "Hosts are selected before anything is known of one.").text(play.source.Hosts))
		if play.Pattern == "" && !b.diags[sound:].HasErrors() && b.in.Inventory != nil {
			b.add(diag.Diagnostics{diag.At(play.source.Hosts.Range(), diag.BadPattern, "hosts is empty", "A play says which hosts it is for.",
				`Write a pattern; hosts = "all" means every host of the inventory.`)}.Within(in)...)
		}
	}
	return nil
}

// playHosts selects by a play's pattern.
func (b *builder) playHosts(play *Play) ([]*inventory.Host, bool) {
	if play.Pattern == "" {
		return nil, false // reported by patterns
	}
	hosts, ds := b.selectAt(play.Pattern, play.source.Hosts.Range())
	b.add(ds.Within(fmt.Sprintf("play %q", play.Name))...)
	return hosts, !ds.HasErrors()
}

// hostFunctions are the functions that need the inventory.
func (b *builder) hostFunctions() map[string]function.Function {
	if b.in.Inventory == nil {
		return map[string]function.Function{"hosts": lang.UnknownHostsFunc()}
	}
	return map[string]function.Function{"hosts": lang.HostsFunc(func(pattern string) ([]string, error) {
		hosts, ds := b.in.Inventory.Select(pattern, inventory.PatternAt{Files: b.files})
		for _, d := range ds {
			if d.Severity == diag.Error {
				return nil, &diag.Cause{Code: d.Code, Summary: d.Summary, Detail: d.Detail, Advice: d.Advice}
			}
		}
		var names []string
		for _, h := range hosts {
			names = append(names, h.Name)
		}
		return names, nil
	})}
}

// selectAt selects by a pattern that stands in the playbook.
func (b *builder) selectAt(pattern string, at hcl.Range) ([]*inventory.Host, diag.Diagnostics) {
	return b.in.Inventory.Select(pattern, inventory.PatternAt{Range: &at, Files: b.files})
}
