package schedule_test

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/muster-run/muster/engine/schedule"
)

// judge keeps its own record of what was done to each host and how it answered, and holds every command against it. It
// knows the rules of the spec's comments, and nothing of how the machine keeps them. What it keeps is of one process; what
// came before is in the spec's Before, which the world makes from the record of all processes.
type judge struct {
	spec     schedule.Spec
	now      time.Time
	problems []string
	saw      map[string]int

	nodes   []nodeRecord
	hosts   []hostRecord
	rolls   []rollRecord
	running int
	started bool
	stopped bool
	done    bool
	failed  int // hosts

	held     bool          // between Pause and Continue
	heldAt   time.Time     // since when
	heldTime time.Duration // before that
}

type nodeRecord struct {
	old                bool // it ended well in an earlier process
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

func newJudge() *judge { return &judge{saw: map[string]int{}} }

// begin is the birth of a process.
func (j *judge) begin(spec schedule.Spec, now time.Time) {
	*j = judge{spec: spec, saw: j.saw, problems: j.problems, now: now}
	j.nodes = make([]nodeRecord, len(spec.Nodes))
	j.hosts = make([]hostRecord, spec.Hosts)
	for h := range j.hosts {
		j.hosts[h].bad = -1
	}
	for n, s := range spec.Nodes {
		if spec.Before != nil {
			b := spec.Before[n]
			old := b.Outcome != schedule.Pending
			j.nodes[n] = nodeRecord{old: old, finished: old, final: schedule.Finished{Node: n, Outcome: b.Outcome, Cause: -1}}
			j.nodes[n].notified = b.Notified || (b.Begun && s.Role == schedule.Handler)
		}
		if s.Host >= 0 {
			j.hosts[s.Host].queue = append(j.hosts[s.Host].queue, n)
		}
	}
	for h := range j.hosts {
		slices.SortFunc(j.hosts[h].queue, func(a, b int) int { return cmp.Compare(spec.Nodes[a].Rank, spec.Nodes[b].Rank) })
	}
	j.beginRollouts()
}

func (j *judge) fail(rule, format string, args ...any) {
	j.problems = append(j.problems, rule+": "+fmt.Sprintf(format, args...)+"\n")
}

func (j *judge) calm() bool { return len(j.problems) == 0 }

// event takes note of what the machine is told.
func (j *judge) event(now time.Time, ev schedule.Event) {
	j.now = now
	j.lookAtClocks()
	j.openWhatMay()
	switch ev := ev.(type) {
	case schedule.Begin:
		j.begun()
	case schedule.Stop:
		j.stopped = true
	case schedule.Ended:
		j.ended(ev)
	case schedule.Pause:
		if !j.held {
			j.held, j.heldAt = true, now
			j.saw["held"]++
		}
	case schedule.Continue:
		if j.held {
			j.held, j.heldTime = false, j.standing()
		}
	case schedule.Promote:
		j.promote(ev.Rollout)
	case schedule.Observed:
		j.observed(ev)
	}
}

// standing is for how long the run has been held, in all.
func (j *judge) standing() time.Duration {
	if j.held {
		return j.heldTime + j.now.Sub(j.heldAt)
	}
	return j.heldTime
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
		if j.nodes[c.Node].old {
			j.fail("I3", "node %d ended well before and is begun again", c.Node)
		}
		j.nodes[c.Node].intent = c.Attempt
	case schedule.Start:
		j.start(c)
	case schedule.Finished:
		j.finished(c)
	case schedule.Retrying:
		j.retrying(c)
	case schedule.Wave:
		j.wave(c)
	case schedule.Soaking:
		j.soaking(c)
	case schedule.Ask:
		j.ask(c)
	case schedule.Halted:
		j.halted(c)
	case schedule.Done:
		j.done = true
	}
}

// reached judges that an attempt comes to its host: the record must hold its intent.
func (j *judge) reached(n int, recorded bool) {
	if !recorded {
		j.fail("I4", "node %d reaches its host without a durable intent", n)
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
	case !j.held || n.attempts > 0:
	case j.underWay(spec.Host):
		j.saw["held unit"]++
	default:
		j.fail("pause", "node %d begins on host %d, which has no unit under way", c, spec.Host)
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

// retrying checks the pause before an attempt: what the spec says, moved by a quarter at most, and never above the cap.
func (j *judge) retrying(c schedule.Retrying) {
	n, spec := &j.nodes[c.Node], &j.spec.Nodes[c.Node]
	j.saw["retry"]++
	pause := spec.Retry.Backoff
	for range n.attempts - 1 {
		pause *= 2
	}
	pause = min(pause, 5*time.Minute)
	least, most := pause, pause
	if j.spec.Seed != 0 {
		least, most = pause*3/4, min(pause*5/4, 5*time.Minute)
	}
	n.due = c.Due
	if after := c.Due.Sub(j.now); !n.couldRetry || c.Attempt != n.attempts || after < least || after > most {
		j.fail("retry", "%+v: allowed %v, attempts %d, due after %v, not between %v and %v", c, n.couldRetry, n.attempts, after, least, most)
	}
	n.couldRetry = false
}
