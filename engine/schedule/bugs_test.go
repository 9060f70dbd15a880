package schedule_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/muster-run/muster/engine/schedule"
)

// A bug is planted by giving the machine another spec than the judge's, or by meddling with what it hears and says. The
// judge must find it by the rule that it breaks.
type bug struct {
	rule string
	spec func(s *schedule.Spec)
	wrap func(m stepper) stepper
	make func(spec schedule.Spec, m stepper) stepper // when it must know the spec
}

func eachNode(change func(n *schedule.Node)) func(*schedule.Spec) {
	return func(s *schedule.Spec) {
		for i := range s.Nodes {
			change(&s.Nodes[i])
		}
	}
}

func eachRollout(change func(r *schedule.Rollout)) func(*schedule.Spec) {
	return func(s *schedule.Spec) {
		for i := range s.Rollouts {
			change(&s.Rollouts[i])
		}
	}
}

func eachGroup(change func(g *schedule.Group)) func(*schedule.Spec) {
	return eachRollout(func(r *schedule.Rollout) {
		for i := range r.Groups {
			change(&r.Groups[i])
		}
	})
}

// hears changes events on their way to the machine; nil swallows one.
func hears(change func(ev schedule.Event) schedule.Event) func(stepper) stepper {
	return func(m stepper) stepper {
		return stepFunc(func(now time.Time, ev schedule.Event) []schedule.Command {
			if ev = change(ev); ev == nil {
				return nil
			}
			return m.Step(now, ev)
		})
	}
}

func hearsEnd(change func(e *schedule.Ended)) func(stepper) stepper {
	return hears(func(ev schedule.Event) schedule.Event {
		if e, ok := ev.(schedule.Ended); ok {
			change(&e)
			return e
		}
		return ev
	})
}

// says changes commands on their way out: each becomes none, one or several.
func says(change func(c schedule.Command) []schedule.Command) func(stepper) stepper {
	return func(m stepper) stepper {
		return stepFunc(func(now time.Time, ev schedule.Event) []schedule.Command {
			var out []schedule.Command
			for _, c := range m.Step(now, ev) {
				out = append(out, change(c)...)
			}
			return out
		})
	}
}

// silences swallows commands of one kind, but for every fourth.
func silences[C schedule.Command](m stepper) stepper {
	count := 0
	return says(func(c schedule.Command) []schedule.Command {
		if _, ok := c.(C); ok {
			if count++; count%4 != 0 {
				return nil
			}
		}
		return []schedule.Command{c}
	})(m)
}

func repeats[C schedule.Command](m stepper) stepper {
	return says(func(c schedule.Command) []schedule.Command {
		if _, ok := c.(C); ok {
			return []schedule.Command{c, c}
		}
		return []schedule.Command{c}
	})(m)
}

type stepFunc func(now time.Time, ev schedule.Event) []schedule.Command

func (f stepFunc) Step(now time.Time, ev schedule.Event) []schedule.Command { return f(now, ev) }

func taken(rule string, from, as schedule.Outcome) bug {
	return bug{rule: rule, wrap: hearsEnd(func(e *schedule.Ended) {
		if e.Outcome == from {
			e.Outcome = as
		}
	})}
}

var bugs = map[string]bug{
	"one place too many":                    {rule: "I1", spec: eachGroup(func(g *schedule.Group) { g.MaxUnavailable++ })},
	"one failure too many":                  {rule: "budget", spec: eachRollout(func(r *schedule.Rollout) { r.MaxFailed++ })},
	"budget never spent":                    {rule: "budget", spec: eachRollout(func(r *schedule.Rollout) { r.MaxFailed = 1 << 20 })},
	"no canary":                             {rule: "canary", spec: eachRollout(func(r *schedule.Rollout) { r.Canary, r.CanaryHosts = 0, nil })},
	"one canary too few":                    {rule: "canary", spec: eachRollout(func(r *schedule.Rollout) { r.Canary = max(r.Canary-1, 0) })},
	"canaries in another order":             {rule: "canary", spec: eachGroup(func(g *schedule.Group) { slices.Reverse(g.Hosts) })},
	"a group too many at once":              {rule: "groups", spec: eachRollout(func(r *schedule.Rollout) { r.GroupsAtOnce++ })},
	"groups in another order":               {rule: "groups", spec: swapGroups},
	"a fork too many":                       {rule: "forks", spec: func(s *schedule.Spec) { s.Forks += min(s.Forks, 1) }},
	"idle hosts take no place":              {rule: "I1", spec: forgetIdleHosts},
	"a host outside its rollout":            {rule: "I1", spec: leaveRollout},
	"spares what failed nobody asked it to": {rule: "gate", spec: eachNode(func(n *schedule.Node) { n.Spares = true })},
	"spares nobody":                         {rule: "not run", spec: eachNode(func(n *schedule.Node) { n.Spares = false })},
	"needs forgotten":                       {rule: "I2", spec: eachNode(func(n *schedule.Node) { n.Needs = nil })},
	"last need forgotten":                   {rule: "I2", spec: eachNode(func(n *schedule.Node) { n.Needs = n.Needs[:max(len(n.Needs)-1, 0)] })},
	"queue order ignored":                   {rule: "I2", spec: eachNode(besideEachOther)},
	"queue reversed":                        {rule: "I2", spec: reverseQueues},
	"exclusive ignored":                     {rule: "exclusive", spec: eachNode(func(n *schedule.Node) { n.Exclusive = nil })},
	"an attempt too many":                   {rule: "retry", spec: eachNode(func(n *schedule.Node) { n.Retry.Attempts += min(n.Retry.Attempts, 1) })},
	"an attempt too few":                    {rule: "retry", spec: eachNode(func(n *schedule.Node) { n.Retry.Attempts-- })},
	"retried for every class": {rule: "retry", spec: eachNode(func(n *schedule.Node) {
		n.Retry.On = append(n.Retry.On[:len(n.Retry.On):len(n.Retry.On)], "", "refused")
	})},
	"no backoff":                {rule: "retry", spec: eachNode(func(n *schedule.Node) { n.Retry.Backoff = 0 })},
	"flapping passes":           {rule: "health", spec: eachNode(func(n *schedule.Node) { n.Stable = 0 })},
	"health waits longer":       {rule: "health", spec: eachNode(func(n *schedule.Node) { n.Within *= 2 })},
	"health gives up early":     {rule: "health", spec: eachNode(func(n *schedule.Node) { n.Within /= 2 })},
	"health asked of everybody": {rule: "health", spec: eachNode(healthIsTask)},
	"intent not persisted":      {rule: "I4", wrap: silences[schedule.Persist]},
	"an end kept to itself":     {rule: "I2", wrap: silences[schedule.Finished]},
	"an end told twice":         {rule: "I8", wrap: repeats[schedule.Finished]},
	"wave not named":            {rule: "wave", wrap: silences[schedule.Wave]},
	"halt not named":            {rule: "halted", wrap: silences[schedule.Halted]},
	"never done":                {rule: "I9", wrap: says(func(c schedule.Command) []schedule.Command { return drop[schedule.Done](c) })},
	"never woken":               {rule: "I9", wrap: says(func(c schedule.Command) []schedule.Command { return drop[schedule.WakeAt](c) })},
	"started twice":             {rule: "I3", wrap: repeats[schedule.Start]},
	"stop not heard":            {rule: "stop", wrap: hears(deafTo[schedule.Stop])},
	"stop heard later":          {rule: "stop", wrap: hearsLater[schedule.Stop]},
	"notification lost":         {rule: "handler", wrap: hearsEnd(func(e *schedule.Ended) { e.Notify = nil })},
	"only the first notified":   {rule: "handler", wrap: hearsEnd(func(e *schedule.Ended) { e.Notify = e.Notify[:min(len(e.Notify), 1)] })},
	"everybody notified":        {rule: "handler", wrap: notifiesAll},
	"clock runs ahead":          {rule: "retry", wrap: runsAhead},
	"failed is ok":              taken("I8", schedule.Failed, schedule.OK),
	"no answer is a pass":       taken("I8", schedule.Unknown, schedule.Changed),
	"unreachable is ok":         taken("I8", schedule.Unreachable, schedule.Skipped),
	"unreachable is a failure":  taken("I8", schedule.Unreachable, schedule.Failed),
	"lost costs nothing":        taken("I8", schedule.Lost, schedule.Unreachable),
}

func drop[C schedule.Command](c schedule.Command) []schedule.Command {
	if _, ok := c.(C); ok {
		return nil
	}
	return []schedule.Command{c}
}

func runsAhead(m stepper) stepper {
	return stepFunc(func(now time.Time, ev schedule.Event) []schedule.Command {
		if _, ok := ev.(schedule.Begin); ok {
			return m.Step(now, ev)
		}
		return m.Step(now.Add(time.Second), ev)
	})
}

func notifiesAll(m stepper) stepper {
	return hearsEnd(func(e *schedule.Ended) {
		for h := range 300 {
			e.Notify = append(e.Notify[:len(e.Notify):len(e.Notify)], h)
		}
	})(m)
}

func swapGroups(s *schedule.Spec) {
	for r := range s.Rollouts {
		groups := s.Rollouts[r].Groups
		slices.Reverse(groups)
		for n := range s.Nodes {
			if s.Nodes[n].Rollout == r {
				s.Nodes[n].Group = len(groups) - 1 - s.Nodes[n].Group
			}
		}
	}
}

func forgetIdleHosts(s *schedule.Spec) {
	busy := map[[2]int]bool{}
	for _, n := range s.Nodes {
		busy[[2]int{n.Rollout, n.Host}] = true
	}
	for r := range s.Rollouts {
		for g := range s.Rollouts[r].Groups {
			group := &s.Rollouts[r].Groups[g]
			group.Hosts = slices.DeleteFunc(group.Hosts, func(h int) bool { return !busy[[2]int{r, h}] })
		}
	}
}

func leaveRollout(s *schedule.Spec) {
	for n := range s.Nodes {
		if s.Nodes[n].Host == s.Hosts/2 {
			s.Nodes[n].Rollout, s.Nodes[n].Group = -1, -1
		}
	}
}

func besideEachOther(n *schedule.Node) {
	if n.Role == schedule.Task && n.Parallel == 0 {
		n.Parallel = 1
	}
}

func reverseQueues(s *schedule.Spec) {
	for n := range s.Nodes {
		s.Nodes[n].Rank, s.Nodes[n].Needs = -s.Nodes[n].Rank, nil
	}
}

func healthIsTask(n *schedule.Node) {
	if n.Role == schedule.Health {
		n.Role = schedule.Task
	}
}

// TestBugsAreCaught shows that the judge can fail: each planted bug must be found, by its rule.
func TestBugsAreCaught(t *testing.T) {
	const most = 3000
	for _, planted := range []map[string]bug{bugs, laterBugs} {
		for name, b := range planted {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				for seed := range uint64(most) {
					for _, p := range b.problems(t, seed) {
						if strings.HasPrefix(p, b.rule+":") {
							t.Logf("seed %d: %s", seed, p)
							return
						}
					}
				}
				t.Errorf("not caught in %d seeds", most)
			})
		}
	}
}

// problems are what the judge finds in a world whose machines have the bug.
func (b bug) problems(t *testing.T, seed uint64) []string {
	t.Helper()
	return newWorld(seed).run(func(spec schedule.Spec) stepper {
		if b.spec != nil {
			spec = copySpec(spec)
			b.spec(&spec)
		}
		var m stepper = mustMachine(t, spec)
		if b.wrap != nil {
			m = b.wrap(m)
		}
		if b.make != nil {
			m = b.make(spec, m)
		}
		return m
	})
}

func copySpec(s schedule.Spec) schedule.Spec {
	s.Nodes, s.Before = slices.Clone(s.Nodes), slices.Clone(s.Before)
	s.Rollouts = slices.Clone(s.Rollouts)
	for r := range s.Rollouts {
		s.Rollouts[r].Groups = slices.Clone(s.Rollouts[r].Groups)
		for g := range s.Rollouts[r].Groups {
			group := &s.Rollouts[r].Groups[g]
			group.Hosts, group.Batches = slices.Clone(group.Hosts), slices.Clone(group.Batches)
		}
	}
	return s
}
