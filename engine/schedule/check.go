package schedule

import (
	"fmt"
	"slices"
)

// maxExclusive is how many exclusive resources a host may have.
const maxExclusive = 64

// check finds what is wrong with a spec before it is taken apart.
func (s *Spec) check() error {
	if s.Hosts < 0 || s.Forks < 0 {
		return fmt.Errorf("%d hosts, %d forks", s.Hosts, s.Forks)
	}
	if s.Before != nil && len(s.Before) != len(s.Nodes) {
		return fmt.Errorf("%d nodes, %d known from before", len(s.Nodes), len(s.Before))
	}
	for i := range s.Before {
		if err := s.checkBefore(i); err != nil {
			return fmt.Errorf("node %d, before: %w", i, err)
		}
	}
	for i := range s.Rollouts {
		if err := s.checkRollout(&s.Rollouts[i]); err != nil {
			return fmt.Errorf("rollout %q: %w", s.Rollouts[i].Name, err)
		}
	}
	for i := range s.Nodes {
		if err := s.checkNode(&s.Nodes[i]); err != nil {
			return fmt.Errorf("node %d: %w", i, err)
		}
	}
	return nil
}

func (s *Spec) checkNode(n *Node) error {
	switch {
	case n.Role > Gate:
		return fmt.Errorf("role %d is none", n.Role)
	case n.Role >= Check && (n.Host != -1 || n.Rollout != -1 || len(n.Exclusive) > 0):
		return fmt.Errorf("a check or a gate has no host, rollout or exclusive resource")
	case n.Role < Check && (n.Host < 0 || n.Host >= s.Hosts):
		return fmt.Errorf("host %d of %d", n.Host, s.Hosts)
	case n.Role == Handler && n.Parallel > 0:
		return fmt.Errorf("a handler stands in parallel block %d", n.Parallel)
	case n.Rollout < -1 || n.Rollout >= len(s.Rollouts):
		return fmt.Errorf("rollout %d of %d", n.Rollout, len(s.Rollouts))
	case n.Rollout >= 0 && (n.Group < 0 || n.Group >= len(s.Rollouts[n.Rollout].Groups)):
		return fmt.Errorf("group %d of %d", n.Group, len(s.Rollouts[n.Rollout].Groups))
	}
	for _, need := range n.Needs {
		if need < 0 || need >= len(s.Nodes) {
			return fmt.Errorf("needs node %d of %d", need, len(s.Nodes))
		}
	}
	for _, x := range n.Exclusive {
		if x < 0 || x >= maxExclusive {
			return fmt.Errorf("exclusive resource %d of %d", x, maxExclusive)
		}
	}
	return nil
}

func (s *Spec) checkBefore(i int) error {
	b, n := &s.Before[i], &s.Nodes[i]
	switch {
	case b.Outcome != Pending && !b.Outcome.Good():
		return fmt.Errorf("outcome %d is no good end", b.Outcome)
	case b.Notified && n.Role != Handler:
		return fmt.Errorf("only a handler is owed")
	}
	return nil
}

func (s *Spec) checkRollout(r *Rollout) error {
	if len(r.Groups) == 0 {
		return fmt.Errorf("no group")
	}
	if r.GroupsAtOnce < 1 || r.MaxFailed < 0 || r.Canary < 0 {
		return fmt.Errorf("%d groups at once, %d failed at most, canary of %d", r.GroupsAtOnce, r.MaxFailed, r.Canary)
	}
	if r.Soak < 0 || r.Proved < 0 {
		return fmt.Errorf("soak of %v, %d proved", r.Soak, r.Proved)
	}
	hosts := r.CanaryHosts
	for _, g := range r.Groups {
		if g.MaxUnavailable < 1 {
			return fmt.Errorf("group %q: %d unavailable at most: nothing could ever begin", g.Name, g.MaxUnavailable)
		}
		if g.Gone < 0 || g.Within < 0 || slices.ContainsFunc(g.Batches, func(n int) bool { return n < 1 }) {
			return fmt.Errorf("group %q: %d gone, within %v, batches %v", g.Name, g.Gone, g.Within, g.Batches)
		}
		hosts = append(hosts[:len(hosts):len(hosts)], g.Hosts...)
	}
	for _, h := range hosts {
		if h < 0 || h >= s.Hosts {
			return fmt.Errorf("host %d of %d", h, s.Hosts)
		}
	}
	return nil
}
