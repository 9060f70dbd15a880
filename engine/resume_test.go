package engine_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/journal"
)

// end is what a run left on the hosts.
func (w *world) end() map[string]map[string]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := map[string]map[string]string{}
	for name, h := range w.hosts {
		files := maps.Clone(h.files)
		delete(files, "/started")
		out[name] = files
	}
	return out
}

// broken runs a playbook until record number at, and resumes it from what is left of the journal.
func broken(t *testing.T, w *world, src string, at int, lost bool) (first, second run, reached bool) {
	t.Helper()
	p := newProject(t, w, src)
	before, after := p.store("before"), filepath.Join(p.state, "after")
	store := p.store("after")
	var c *cut
	first = process{project: p, store: before, front: func(jw *journal.Writer) recorder {
		c = &cut{Writer: jw, world: w, path: before.Path(1), to: filepath.Join(after, "runs", "000001", "journal"), at: at, lost: lost}
		if lost {
			_ = jw.Wait(t.Context(), journal.Ticket{})
			c.synced = size(t, before.Path(1))
		}
		return c
	}}.run(false)
	if !c.dead {
		return first, first, false
	}
	w.revive()
	second = process{project: p, store: store}.run(true)
	return first, second, true
}

// A run that dies before any record of its journal, and is resumed, ends as one that did not.
func TestResumeFromEveryRecord(t *testing.T) {
	whole := newWorld("w1", "w2", "w3")
	src := fmt.Sprintf(rolled, 0)
	unbroken := execute(t, whole, event.Apply, src)
	for _, lost := range []bool{false, true} {
		for at := 1; ; at++ {
			w := newWorld("w1", "w2", "w3")
			first, r, reached := broken(t, w, src, at, lost)
			if !reached {
				if at < 40 {
					t.Errorf("only %d records were written", at)
				}
				break
			}
			where := fmt.Sprintf("before record %d, lost %v", at, lost)
			if r.ExitCode != 0 {
				t.Fatalf("%s: exit %d: %v\n%s\nfirst: %s", where, r.ExitCode, r.Hosts, r.said(), first.said())
			}
			if diff := cmp.Diff(whole.end(), w.end()); diff != "" {
				t.Errorf("%s: the hosts are not as after an unbroken run: %s", where, diff)
			}
			if diff := cmp.Diff(whole.said(), w.said()); diff != "" {
				t.Errorf("%s: the hosts were told something else: %s", where, diff)
			}
			if diff := cmp.Diff(unbroken.Hosts, r.Hosts); diff != "" || r.Restarts != 3 {
				t.Errorf("%s: the summary is of another run: %d restarts, %s", where, r.Restarts, diff)
			}
			if strings.Contains(r.text(), "this process is dead") {
				t.Fatalf("%s: the second process heard of the first one's death", where)
			}
		}
	}
}
