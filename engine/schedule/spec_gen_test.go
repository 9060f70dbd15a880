package schedule_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/muster-run/muster/engine/schedule"
)

// generator makes random specs of the kind plan makes: plays with tasks, parallel blocks, checks, handlers and rollouts,
// in one global order of ranks. Needs point to smaller ranks only, and never from one unit of a rolled play to another, so
// every spec can be run to its end.
type generator struct {
	*rand.Rand
	spec     schedule.Spec
	rank     int
	block    int
	gates    []int         // of the plays so far
	notifies map[int][]int // handlers that a task may notify
	tasks    []int         // of plays before, if not rolled
	hurried  float64       // the chance of a group that its waves have a deadline
}

// sizes of fleets: most are small, for there every host matters; a few are as large as runs are.
var sizes = []int{3, 5, 5, 8, 8, 8, 8, 8, 8, 12, 12, 20, 20, 40, 40, 80, 500}

func generate(r *rand.Rand) *generator {
	g := &generator{Rand: r, notifies: map[int][]int{}}
	g.spec.Hosts = 1 + r.IntN(sizes[r.IntN(len(sizes))])
	g.spec.Unattended = g.chance(.15)
	g.hurried = []float64{0, .3, 1}[r.IntN(3)]
	if g.chance(.5) {
		g.spec.Seed = r.Uint64()
	}
	if g.chance(.6) {
		g.spec.Forks = 1 + r.IntN(20)
	}
	for range 1 + r.IntN(3) {
		g.play()
	}
	if g.chance(.3) {
		g.handler(g.everyHost(), g.allTasks(), nil, true)
	}
	return g
}

func (g *generator) chance(p float64) bool { return g.Float64() < p }

func (g *generator) everyHost() []int { return g.Perm(g.spec.Hosts) }

func (g *generator) allTasks() []int {
	var tasks []int
	for n := range g.spec.Nodes {
		if g.spec.Nodes[n].Role == schedule.Task {
			tasks = append(tasks, n)
		}
	}
	return tasks
}

// play adds one, its gate last.
func (g *generator) play() {
	hosts := g.everyHost()
	hosts = hosts[:1+g.IntN(len(hosts))]
	var needs []int
	if len(g.gates) > 0 && g.chance(.4) {
		needs = append(needs, g.gates[g.IntN(len(g.gates))])
	}
	first := len(g.spec.Nodes)
	rolled := g.chance(.3)
	placed := func(h int) (int, int) { return -1, -1 }
	if rolled {
		placed = g.rollout(hosts)
	}
	var tasks []int
	for range 1 + g.IntN(5) {
		if !rolled && g.chance(.15) && len(tasks) > 0 {
			role := []schedule.Role{schedule.Check, schedule.Gate}[g.IntN(2)]
			g.add(schedule.Node{Role: role, Host: -1, Rollout: -1, Group: -1, Needs: tasks, Spares: g.chance(.5)})
			needs = append(needs[:len(needs):len(needs)], len(g.spec.Nodes)-1)
		}
		tasks = append(tasks, g.task(hosts, tasks, needs, placed)...)
	}
	if !rolled {
		g.tasks = append(g.tasks, tasks...)
	}
	for range g.IntN(3) {
		if rolled {
			g.handler(hosts, tasks, placed, false)
		} else {
			g.handler(hosts, tasks, nil, g.chance(.7))
		}
	}
	if rolled {
		g.health(hosts, placed)
	}
	gate := schedule.Node{Role: schedule.Gate, Host: -1, Rollout: -1, Group: -1}
	for n := first; n < len(g.spec.Nodes); n++ {
		gate.Needs = append(gate.Needs, n)
	}
	g.gates = append(g.gates, g.add(gate))
}

func (g *generator) add(n schedule.Node) int {
	g.spec.Nodes = append(g.spec.Nodes, n)
	return len(g.spec.Nodes) - 1
}

// task adds one on each host; above are those of the play so far.
func (g *generator) task(hosts, above, needs []int, placed func(int) (int, int)) []int {
	g.rank++
	n := schedule.Node{Role: schedule.Task, Rank: g.rank}
	if g.chance(.4) {
		if g.block == 0 || g.chance(.3) {
			g.block++
		}
		n.Parallel = g.block
	}
	if g.chance(.5) {
		n.Exclusive = []int{g.IntN(2)}
	}
	if g.chance(.4) {
		n.Retry = schedule.Retry{Attempts: g.IntN(5), Backoff: time.Duration(g.IntN(40)) * time.Second, On: []schedule.Class{"busy", "unreachable"}}
	}
	same := g.chance(.5)
	var added []int
	for _, h := range hosts {
		n.Host = h
		n.Rollout, n.Group = placed(h)
		n.Needs = append([]int(nil), needs...)
		if same {
			n.Needs = append(n.Needs, g.lastOn(h, above)...)
		}
		if len(g.tasks) > 0 && g.chance(.05) {
			n.Needs = append(n.Needs, g.tasks[g.IntN(len(g.tasks))])
		}
		added = append(added, g.add(n))
	}
	return added
}

func (g *generator) lastOn(h int, nodes []int) []int {
	for i := len(nodes) - 1; i >= 0; i-- {
		if g.spec.Nodes[nodes[i]].Host == h {
			return nodes[i : i+1]
		}
	}
	return nil
}

// handler adds one on each host, in a rollout of its own or in that of its play.
func (g *generator) handler(hosts, tasks []int, placed func(int) (int, int), rolled bool) {
	own := placed == nil && rolled
	switch {
	case own:
		placed = g.rollout(hosts)
	case placed == nil:
		placed = func(int) (int, int) { return -1, -1 }
	}
	g.rank++
	on := map[int]int{}
	for _, h := range hosts {
		n := schedule.Node{Role: schedule.Handler, Rank: g.rank, Host: h}
		n.Rollout, n.Group = placed(h)
		on[h] = g.add(n)
	}
	for _, t := range tasks {
		if handler, ok := on[g.spec.Nodes[t].Host]; ok {
			g.notifies[t] = append(g.notifies[t], handler)
		}
	}
	if own {
		g.health(hosts, placed)
	}
}

// health adds up to two probes on each host, which may be asked side by side.
func (g *generator) health(hosts []int, placed func(int) (int, int)) {
	n := schedule.Node{Role: schedule.Health, Within: time.Duration(10+g.IntN(200)) * time.Second}
	if g.chance(.5) {
		n.Stable = time.Duration(g.IntN(20)) * time.Second
	}
	if g.chance(.3) {
		n.Every = time.Duration(1+g.IntN(5)) * time.Second
	}
	if g.chance(.5) {
		g.block++
		n.Parallel = g.block
	}
	for range g.IntN(3) {
		g.rank++
		n.Rank = g.rank
		for _, h := range hosts {
			n.Host = h
			n.Rollout, n.Group = placed(h)
			g.add(n)
		}
	}
}

// rollout adds one over the hosts and says where each host is in it.
func (g *generator) rollout(hosts []int) func(int) (int, int) {
	r := schedule.Rollout{Name: fmt.Sprint("r", len(g.spec.Rollouts)), GroupsAtOnce: 1 + g.IntN(2), MaxFailed: g.IntN(4)}
	if g.chance(.4) {
		r.MaxFailed = len(hosts)
	}
	switch {
	case g.chance(.4):
		r.Canary = 1 + g.IntN(2)
	case g.chance(.3):
		r.CanaryHosts = g.some(hosts, 3)
	}
	g.afterCanary(&r)
	at := map[int]int{}
	r.Groups = make([]schedule.Group, 1+g.IntN(4))
	for i := range r.Groups {
		g.group(&r.Groups[i], len(hosts))
	}
	for _, h := range g.everyHost() { // hosts without a node there may still take a place
		i := g.IntN(len(r.Groups))
		at[h] = i
		r.Groups[i].Hosts = append(r.Groups[i].Hosts, h)
	}
	rollout := len(g.spec.Rollouts)
	g.spec.Rollouts = append(g.spec.Rollouts, r)
	return func(h int) (int, int) { return rollout, at[h] }
}

func (g *generator) afterCanary(r *schedule.Rollout) {
	often := .05 // without a canary neither says much
	if r.Canary > 0 || len(r.CanaryHosts) > 0 {
		often = .4
	}
	if g.chance(often) {
		r.Soak = time.Duration(g.IntN(120)) * time.Second
	}
	r.Manual = g.chance(often)
}

func (g *generator) group(to *schedule.Group, hosts int) {
	to.MaxUnavailable = 1 + g.IntN(1+g.IntN(4))
	if g.chance(.4) {
		for range 1 + g.IntN(3) {
			to.Batches = append(to.Batches, 1+g.IntN(1+hosts/2))
		}
	}
	if g.chance(g.hurried) {
		to.Within = time.Duration(20+g.IntN(600)) * time.Second
	}
	if g.chance(.1) {
		to.Gone = g.IntN(to.MaxUnavailable + 1)
	}
}

func (g *generator) some(hosts []int, most int) []int {
	var some []int
	for i, p := range g.Perm(len(hosts)) {
		if i < most {
			some = append(some, hosts[p])
		}
	}
	return some
}
