package schedule_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/engine/schedule"
)

// A script is a run written down: each line that begins with ">" is an event, the lines below it are the commands that
// must follow. `> +5s wake` lets time pass first; `> 3 failed timeout` ends node 3 with a class; `> 3 changed !7` notifies
// handler 7; `> promote` answers rollout 0, `> down 2` observes a host. A Persist and its Start are one line, `start 3`, with
// `#2` for a second attempt.
func play(t *testing.T, spec schedule.Spec, script string) {
	t.Helper()
	m, err := schedule.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1000, 0)
	var got []string
	for line := range strings.Lines(script) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, ">") {
			continue
		}
		got = append(got, line)
		ev := parseEvent(t, line[1:], &now)
		got = append(got, describe(t, m.Step(now, ev))...)
	}
	var want []string
	for line := range strings.Lines(script) {
		if line = strings.TrimSpace(line); line != "" {
			want = append(want, line)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("run (-want +got):\n%s", diff)
	}
}

var outcomes = []string{"pending", "ok", "changed", "skipped", "failed", "unreachable", "lost", "unknown", "not-run", "not-notified"}

var reasons = []string{"", "earlier", "canary", "budget", "no-place", "stopped", "deadlock", "not-promoted", "overdue"}

func parseEvent(t *testing.T, line string, now *time.Time) schedule.Event {
	t.Helper()
	words := strings.Fields(line)
	if strings.ContainsAny(words[0][:1], "+-") {
		pause, err := time.ParseDuration(words[0])
		if err != nil {
			t.Fatal(err)
		}
		*now = now.Add(pause)
		words = words[1:]
	}
	switch words[0] {
	case "begin":
		return schedule.Begin{}
	case "wake":
		return schedule.Wake{}
	case "stop":
		return schedule.Stop{Reason: "asked"}
	case "pause":
		return schedule.Pause{}
	case "continue":
		return schedule.Continue{}
	case "promote":
		return schedule.Promote{}
	case "down", "up":
		host, err := strconv.Atoi(words[1])
		if err != nil {
			t.Fatal(err)
		}
		return schedule.Observed{Host: host, Down: words[0] == "down"}
	}
	node, err := strconv.Atoi(words[0])
	if err != nil {
		t.Fatal(err)
	}
	ev := schedule.Ended{Node: node, Outcome: schedule.Outcome(slices.Index(outcomes, words[1]))}
	for _, w := range words[2:] {
		if handler, ok := strings.CutPrefix(w, "!"); ok {
			h, err := strconv.Atoi(handler)
			if err != nil {
				t.Fatal(err)
			}
			ev.Notify = append(ev.Notify, h)
		} else {
			ev.Class = schedule.Class(w)
		}
	}
	return ev
}

func describe(t *testing.T, commands []schedule.Command) []string {
	t.Helper()
	var lines []string
	var intent schedule.Persist
	for _, c := range commands {
		switch c := c.(type) {
		case schedule.Persist:
			intent = c
		case schedule.Start:
			if intent != schedule.Persist(c) {
				t.Errorf("%+v after %+v", c, intent)
			}
			lines = append(lines, "start "+attempt(c.Node, c.Attempt))
		case schedule.Finished:
			lines = append(lines, describeEnd(c))
		case schedule.Retrying:
			lines = append(lines, fmt.Sprintf("retry %s at %d", attempt(c.Node, c.Attempt), c.Due.Unix()-1000))
		case schedule.WakeAt:
			lines = append(lines, fmt.Sprintf("wake at %d", c.At.Unix()-1000))
		case schedule.Wave:
			lines = append(lines, describeWave(c))
		case schedule.Soaking:
			lines = append(lines, fmt.Sprintf("soak %d to %d", c.Rollout, c.Until.Unix()-1000))
		case schedule.Ask:
			lines = append(lines, fmt.Sprintf("ask %d %v", c.Rollout, c.Hosts))
		case schedule.Halted:
			lines = append(lines, fmt.Sprintf("halted %d.%d %s %v", c.Rollout, c.Group, reasons[c.Reason], c.Hosts))
		case schedule.Done:
			lines = append(lines, "done")
		}
	}
	return lines
}

func attempt(node, n int) string {
	if n == 1 {
		return strconv.Itoa(node)
	}
	return fmt.Sprintf("%d#%d", node, n)
}

// describeWave leaves out what there is one of.
func describeWave(w schedule.Wave) string {
	line := fmt.Sprintf("wave %d.%d", w.Rollout, w.Group)
	if w.Batches > 1 {
		line += fmt.Sprintf(" %d/%d %v", w.Batch, w.Batches, w.Hosts)
	}
	return line
}

func describeEnd(f schedule.Finished) string {
	line := fmt.Sprintf("end %d %s", f.Node, outcomes[f.Outcome])
	if f.Reason != schedule.NoReason {
		line += " " + reasons[f.Reason]
	}
	if f.Cause >= 0 {
		line += fmt.Sprintf(" by %d", f.Cause)
	}
	return line
}

// task, handler and health make nodes outside of any rollout; in puts one into a rollout's group.
func task(host, rank int, needs ...int) schedule.Node {
	return schedule.Node{Role: schedule.Task, Host: host, Rank: rank, Needs: needs, Rollout: -1, Group: -1}
}

func handler(host, rank int, needs ...int) schedule.Node {
	n := task(host, rank, needs...)
	n.Role = schedule.Handler
	return n
}

func health(host, rank int, within, stable time.Duration) schedule.Node {
	n := task(host, rank)
	n.Role, n.Within, n.Stable = schedule.Health, within, stable
	return n
}

func loose(role schedule.Role, needs ...int) schedule.Node {
	n := task(-1, 0, needs...)
	n.Role = role
	return n
}

func in(rollout, group int, n schedule.Node) schedule.Node {
	n.Rollout, n.Group = rollout, group
	return n
}

func parallel(block int, n schedule.Node, exclusive ...int) schedule.Node {
	n.Parallel, n.Exclusive = block, exclusive
	return n
}

func retry(n schedule.Node, attempts int, backoff time.Duration, on ...schedule.Class) schedule.Node {
	n.Retry = schedule.Retry{Attempts: attempts, Backoff: backoff, On: on}
	return n
}

func spares(n schedule.Node) schedule.Node {
	n.Spares = true
	return n
}

func nodes(n ...schedule.Node) []schedule.Node { return n }
