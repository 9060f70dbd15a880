package schedule_test

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/muster-run/muster/engine/schedule"
)

// judge keeps its own record of what was done to each host and how it answered, and holds every command against it. It
// knows the rules of the spec's comments, and nothing of how the machine keeps them.
type judge struct {
	spec     schedule.Spec
	now      time.Time
	problems []string
	saw      map[string]int

	nodes   []nodeRecord
	hosts   []hostRecord
	units   map[[2]int]*unitRecord // by rollout and host
	rolls   []rollRecord
	running int
	stopped bool
	done    bool
	failed  int // hosts
}

type nodeRecord struct {
	intent, attempts   int
	running            bool
	notified           bool
	answer             schedule.Outcome // to the last attempt
	class              schedule.Class
	due                time.Time // of a retry that was announced
	asked, held        time.Time // of health: first question; since when every answer was good
	finished           bool
	final              schedule.Finished
	couldRetry, orphan bool // at the answer: attempts left; at the answer: the host had been stopped, or the run
}

type hostRecord struct {
	queue        []int // nodes by rank
	bad          int   // the first node that did not end well, or -1
	failed, down bool
}

type unitRecord struct {
	left         int
	group        int
	started, bad bool
	canary       bool
	held         schedule.Reason
}

type rollRecord struct {
	canaryFailed bool
	proved       int
	waves        map[int]bool
	halts        map[schedule.Reason]map[int]bool // by reason: hosts named
}

func newJudge(spec schedule.Spec) *judge {
	j := &judge{spec: spec, saw: map[string]int{}, units: map[[2]int]*unitRecord{}}
	j.nodes = make([]nodeRecord, len(spec.Nodes))
	j.hosts = make([]hostRecord, spec.Hosts)
	for h := range j.hosts {
		j.hosts[h].bad = -1
	}
	for range spec.Rollouts {
		j.rolls = append(j.rolls, rollRecord{waves: map[int]bool{}, halts: map[schedule.Reason]map[int]bool{}})
	}
	for n, s := range spec.Nodes {
		if s.Host >= 0 {
			j.hosts[s.Host].queue = append(j.hosts[s.Host].queue, n)
		}
		if s.Rollout >= 0 {
			key := [2]int{s.Rollout, s.Host}
			if j.units[key] == nil {
				j.units[key] = &unitRecord{group: s.Group}
			}
			j.units[key].left++
		}
	}
	for h := range j.hosts {
		slices.SortFunc(j.hosts[h].queue, func(a, b int) int { return cmp.Compare(spec.Nodes[a].Rank, spec.Nodes[b].Rank) })
	}
	return j
}

func (j *judge) fail(rule, format string, args ...any) {
	j.problems = append(j.problems, rule+": "+fmt.Sprintf(format, args...)+"\n")
}

func (j *judge) calm() bool { return len(j.problems) == 0 }

func (j *judge) unit(n int) *unitRecord {
	return j.units[[2]int{j.spec.Nodes[n].Rollout, j.spec.Nodes[n].Host}]
}

// event takes note of what the machine is told.
func (j *judge) event(now time.Time, ev schedule.Event) {
	j.now = now
	switch ev := ev.(type) {
	case schedule.Stop:
		j.stopped = true
	case schedule.Ended:
		j.ended(ev)
	}
}

func (j *judge) ended(ev schedule.Ended) {
	n, spec := &j.nodes[ev.Node], &j.spec.Nodes[ev.Node]
	j.running--
	n.running, n.answer, n.class = false, ev.Outcome, ev.Class
	for _, h := range ev.Notify {
		j.nodes[h].notified = true
	}
	n.orphan = j.stopped || (spec.Host >= 0 && j.hosts[spec.Host].bad >= 0)
	n.couldRetry = spec.Role != schedule.Health && !ev.Outcome.Good() && !n.orphan && n.attempts < spec.Retry.Attempts && slices.Contains(spec.Retry.On, ev.Class)
	switch {
	case spec.Role != schedule.Health:
	case !ev.Outcome.Good():
		n.held = time.Time{}
	case n.held.IsZero():
		n.held = j.now
	}
}

// command judges one command.
func (j *judge) command(c schedule.Command) {
	if j.done {
		j.fail("I9", "%T after Done", c)
	}
	switch c := c.(type) {
	case schedule.Persist:
		j.nodes[c.Node].intent = c.Attempt
	case schedule.Start:
		j.start(c)
	case schedule.Finished:
		j.finished(c)
	case schedule.Retrying:
		j.retrying(c)
	case schedule.Wave:
		if j.rolls[c.Rollout].waves[c.Group] {
			j.fail("wave", "%+v comes twice", c)
		}
		j.rolls[c.Rollout].waves[c.Group] = true
	case schedule.Halted:
		j.halted(c)
	case schedule.Done:
		j.done = true
	}
}

func (j *judge) start(c schedule.Start) {
	n, spec := &j.nodes[c.Node], &j.spec.Nodes[c.Node]
	switch {
	case n.intent != c.Attempt:
		j.fail("I4", "node %d starts attempt %d, persisted is %d", c.Node, c.Attempt, n.intent)
	case n.finished || n.running || c.Attempt != n.attempts+1:
		j.fail("I3", "node %d starts attempt %d after %d: finished %v, running %v", c.Node, c.Attempt, n.attempts, n.finished, n.running)
	case j.stopped:
		j.fail("stop", "node %d starts after Stop", c.Node)
	case spec.Role == schedule.Gate:
		j.fail("gate", "node %d is one and starts", c.Node)
	case j.now.Before(n.due):
		j.fail("retry", "node %d starts at %v, due is %v", c.Node, j.now, n.due)
	}
	if n.running = true; j.spec.Forks > 0 && j.running >= j.spec.Forks {
		j.fail("forks", "node %d is the %dth of %d", c.Node, j.running+1, j.spec.Forks)
	}
	if need, met := j.needsMet(c.Node); !met {
		j.fail("I2", "node %d starts before its need %d ended well", c.Node, need)
	}
	if spec.Host >= 0 {
		j.startOnHost(c.Node)
	}
	if spec.Rollout >= 0 && !j.unit(c.Node).started {
		j.startUnit(c.Node)
	}
	if spec.Role == schedule.Health && n.attempts == 0 {
		n.asked = j.now
	}
	j.running++
	n.attempts++
}

func (j *judge) startOnHost(c int) {
	n, spec := &j.nodes[c], &j.spec.Nodes[c]
	h := &j.hosts[spec.Host]
	if h.bad >= 0 {
		j.fail("I2", "node %d starts on host %d after node %d did not end well", c, spec.Host, h.bad)
	}
	beside := true // going back from the node, only its parallel block so far
	for i := slices.Index(h.queue, c) - 1; i >= 0; i-- {
		other := h.queue[i]
		beside = beside && spec.Parallel > 0 && j.spec.Nodes[other].Parallel == spec.Parallel
		if !beside && !j.nodes[other].finished {
			j.fail("I2", "node %d starts on host %d before node %d ended", c, spec.Host, other)
		}
	}
	for _, other := range h.queue {
		if other != c && j.nodes[other].running && slices.ContainsFunc(j.spec.Nodes[other].Exclusive, func(x int) bool { return slices.Contains(spec.Exclusive, x) }) {
			j.fail("exclusive", "nodes %d and %d run at once on host %d", c, other, spec.Host)
		}
	}
	switch {
	case spec.Role == schedule.Handler && !n.notified:
		j.fail("handler", "node %d starts without a notification", c)
	case spec.Role == schedule.Handler:
		j.saw["handler"]++
	case spec.Role == schedule.Health && !j.unit(c).started:
		j.fail("health", "node %d is asked though nothing of its unit ran", c)
	}
}

func (j *judge) retrying(c schedule.Retrying) {
	n, spec := &j.nodes[c.Node], &j.spec.Nodes[c.Node]
	j.saw["retry"]++
	pause := spec.Retry.Backoff
	for range n.attempts - 1 {
		pause *= 2
	}
	n.due = j.now.Add(min(pause, 5*time.Minute))
	if !n.couldRetry || c.Attempt != n.attempts || !c.Due.Equal(n.due) {
		j.fail("retry", "%+v: allowed %v, attempts %d, due %v", c, n.couldRetry, n.attempts, n.due)
	}
	n.couldRetry = false
}

// verdict is about the end of the run.
func (j *judge) verdict() {
	for n := range j.nodes {
		if !j.nodes[n].finished || j.nodes[n].running {
			j.fail("I9", "the run is over, node %d is not", n)
		}
	}
	for h := range j.hosts {
		j.class(h)
	}
	for r := range j.rolls {
		j.verdictOfRollout(r)
	}
}

// class holds what the host answered against what was said of it: each host is in one class.
func (j *judge) class(h int) {
	answered, said := map[string]bool{}, map[string]bool{}
	for _, n := range j.hosts[h].queue {
		rec := &j.nodes[n]
		if rec.attempts > 0 && j.spec.Nodes[n].Role != schedule.Health && !rec.answer.Good() {
			answered[outcomes[rec.answer]] = true
		}
		if !rec.final.Outcome.Good() && rec.final.Outcome != schedule.NotRun && j.spec.Nodes[n].Role != schedule.Health {
			said[outcomes[rec.final.Outcome]] = true
		}
		if rec.attempts == 0 && rec.final.Outcome != schedule.NotRun && rec.final.Outcome != schedule.NotNotified {
			j.fail("I8", "node %d never ran and is %s", n, outcomes[rec.final.Outcome])
		}
	}
	if fmt.Sprint(answered) != fmt.Sprint(said) {
		j.fail("I8", "host %d answered %v and is said to be %v", h, answered, said)
	}
}
