package report_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/report"
)

// TestGroupsLoseNothing: every host stands in exactly one group, and what the group says is true for it: each word is the
// host's own one, or stands for a word that no other host has in such a line.
func TestGroupsLoseNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "hosts")
		r := &report.Report{}
		run := &event.Run{Mode: event.Plan}
		for i := range n {
			run.Hosts = append(run.Hosts, fmt.Sprintf("h%02d", i))
		}
		r.Handle(event.Event{Type: event.RunStarted, Run: run})
		said := map[string][]string{} // by host and task: the words of its change
		hosts := map[string]int{}     // by task, number of words, place and word: how many hosts say it
		for _, h := range run.Hosts {
			for _, task := range []string{"a", "b"} {
				if rapid.IntRange(0, 4).Draw(t, "none") == 0 {
					ended(r, h, task, event.OK)
					continue
				}
				var words []string
				for range rapid.IntRange(1, 3).Draw(t, "words") {
					words = append(words, rapid.SampledFrom([]string{"x", "y", "own-" + task + strings.TrimPrefix(h, "h")}).Draw(t, "word"))
				}
				said[h+task] = words
				for i, w := range words {
					hosts[fmt.Sprint(task, len(words), i, w)]++
				}
				ended(r, h, task, event.WouldChange, event.Change{What: "w", After: strings.Join(words, " ")})
			}
		}
		var seen []string
		for _, g := range r.Plays()[0].Groups {
			seen = append(seen, g.Hosts...)
			for _, h := range g.Hosts {
				trueFor(t, g, h, said, hosts)
			}
		}
		slices.Sort(seen)
		if !slices.Equal(seen, run.Hosts) {
			t.Fatalf("hosts %v, in groups %v", run.Hosts, seen)
		}
	})
}

func trueFor(t *rapid.T, g report.Group, host string, said map[string][]string, hosts map[string]int) {
	told := map[string]bool{}
	for _, l := range g.Lines {
		if l.Instance.Kind != addr.Task {
			continue
		}
		told[l.Instance.Name] = true
		words := strings.Split(strings.ReplaceAll(l.Changes[0].After, report.Own, "\x01"), " ")
		is := said[host+l.Instance.Name]
		if len(words) != len(is) {
			t.Fatalf("%s says %v, its group %v", host, is, words)
		}
		for i, w := range words {
			if w == "\x01" && hosts[fmt.Sprint(l.Instance.Name, len(is), i, is[i])] != 1 || w != "\x01" && w != is[i] {
				t.Fatalf("%s says %v, its group %v", host, is, words)
			}
		}
	}
	for _, task := range []string{"a", "b"} {
		if told[task] != (said[host+task] != nil) {
			t.Fatalf("%s, task %s: told %v", host, task, told[task])
		}
	}
}
