package executor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/lang"
	"github.com/muster-run/muster/engine/plan"
	"github.com/muster-run/muster/plugins/sdk"
)

func (f *fan) offered(host int, o *sdk.OfferResult) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.offers[host] = o
	f.holds[host] = o.Digest
}

func (f *fan) activated(host int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.holds[host] = f.payload.Digest
}

// elect says which hosts may give, in order, and whether anybody has to: nobody, when all hosts are known to hold the
// same. Those that hold something come before those that would have to make it.
func (f *fan) elect(from []int) (candidates []int, need bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, h := range from {
		if o := f.offers[h]; o != nil && o.Holds {
			candidates = append(candidates, h)
		}
	}
	if len(candidates) == 0 {
		f.made = true
		for _, h := range from {
			if f.offers[h] != nil {
				candidates = append(candidates, h)
			}
		}
		return candidates, len(candidates) > 0
	}
	want := f.offers[candidates[0]].Digest
	for _, o := range f.offers {
		if !o.Holds || o.Digest == "" || o.Digest != want {
			return candidates, true
		}
	}
	return candidates, false
}

// receives reports whether a host is to be given the payload. One that holds it already is, when an earlier process died
// while it was activated there: what was staged may still lie about, and only activating again takes it away. One that does
// not show what it holds is not, when an earlier process activated the same there.
func (f *fan) receives(host int, halfDone bool, activated string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	o := f.offers[host]
	if f.payload == nil || host == f.source || o == nil {
		return false
	}
	holds := o.Holds && o.Digest == f.payload.Digest || o.Digest == "" && activated == f.payload.Digest
	return halfDone || !holds
}

// fanValue is what references to the task see on a host where nothing was activated.
func (e *Executor) fanValue(n int, changed bool) cty.Value {
	if e.mode == event.Plan {
		return cty.NilVal
	}
	return lang.TaskValue(e.plan.Nodes[n].Block.Desc.Outputs, sdk.Object{}, changed)
}

// reportFans tells, where a task that fans out did not reach all its hosts, exactly which host holds what.
func (e *Executor) reportFans() {
	if e.mode == event.Plan {
		return
	}
	for _, block := range e.plan.Blocks {
		f := e.fans[block]
		if f == nil || f.payload == nil {
			continue
		}
		if d := e.disagreement(block, f); d != nil {
			e.emit(event.Event{Type: event.Diagnostic, Diag: d})
		}
	}
}

func (e *Executor) disagreement(block *plan.Block, f *fan) *diag.Diagnostic {
	holders := map[string][]string{}
	for host, node := range block.Fan.Offers {
		if node >= 0 {
			holders[f.holds[host]] = append(holders[f.holds[host]], e.plan.Hosts[host].Name)
		}
	}
	if len(holders) == 1 && len(holders[""]) == 0 {
		return nil
	}
	var lines []string
	for digest, hosts := range holders {
		what := "sha256 " + short(digest)
		switch digest {
		case f.payload.Digest:
			what += " (the new one)"
		case "":
			what = "not known"
		}
		lines = append(lines, what+": "+strings.Join(hosts, ", "))
	}
	slices.Sort(lines)
	rng := block.Range
	return &diag.Diagnostic{
		Code: diag.NotOnAllHosts, Summary: fmt.Sprintf("%s is not the same on all hosts", block.Addr), Subject: &rng,
		Detail: strings.Join(lines, "\n"), Advice: "Mend what failed and run the same playbook again: hosts that agree are left alone.",
	}
}
