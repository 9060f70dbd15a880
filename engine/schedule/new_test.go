package schedule_test

import (
	"strings"
	"testing"

	"github.com/muster-run/muster/engine/schedule"
)

func TestNewRefuses(t *testing.T) {
	rolled := func(change func(*schedule.Rollout)) schedule.Spec {
		spec := fleet(schedule.Rollout{}, 1, 1)
		change(&spec.Rollouts[0])
		return spec
	}
	wrongGroup := fleet(schedule.Rollout{}, 1, 1)
	wrongGroup.Nodes[1].Group = 1
	tests := map[string]struct {
		spec schedule.Spec
		want string
	}{
		"hosts":            {schedule.Spec{Hosts: -1}, "-1 hosts"},
		"host":             {schedule.Spec{Hosts: 1, Nodes: nodes(task(1, 0))}, "node 0: host 1 of 1"},
		"need":             {schedule.Spec{Hosts: 1, Nodes: nodes(task(0, 0, 3))}, "node 0: needs node 3 of 1"},
		"role":             {schedule.Spec{Hosts: 1, Nodes: nodes(schedule.Node{Role: 9})}, "node 0: role 9"},
		"gate on a host":   {schedule.Spec{Hosts: 1, Nodes: nodes(schedule.Node{Role: schedule.Gate})}, "node 0: a check or a gate"},
		"parallel handler": {schedule.Spec{Hosts: 1, Nodes: nodes(parallel(1, handler(0, 0)))}, "parallel block 1"},
		"exclusive":        {schedule.Spec{Hosts: 1, Nodes: nodes(parallel(1, task(0, 0), 64))}, "exclusive resource 64"},
		"rollout":          {schedule.Spec{Hosts: 1, Nodes: nodes(in(0, 0, task(0, 0)))}, "rollout 0 of 0"},
		"group":            {schedule.Spec{Hosts: 1, Nodes: nodes(in(0, 4, task(0, 0))), Rollouts: fleet(schedule.Rollout{}, 1).Rollouts}, "group 4 of 1"},
		"wrong group":      {wrongGroup, "node 1: host 0 is not in group 1"},
		"no group":         {rolled(func(r *schedule.Rollout) { r.Groups = nil }), "no group"},
		"no place":         {rolled(func(r *schedule.Rollout) { r.Groups[0].MaxUnavailable = 0 }), "0 unavailable"},
		"at once":          {rolled(func(r *schedule.Rollout) { r.GroupsAtOnce = 0 }), "0 groups at once"},
		"host twice":       {rolled(func(r *schedule.Rollout) { r.Groups[1].Hosts = []int{0} }), "host 0 is there twice"},
		"group's host":     {rolled(func(r *schedule.Rollout) { r.Groups[1].Hosts = []int{7} }), "host 7 of 2"},
		"canary's host":    {rolled(func(r *schedule.Rollout) { r.CanaryHosts = []int{7} }), "host 7 of 2"},
		"foreign canary": {rolled(func(r *schedule.Rollout) { r.Groups = r.Groups[:1]; r.CanaryHosts = []int{1} }),
			"group 1 of 1"},
		"soak":           {rolled(func(r *schedule.Rollout) { r.Soak = -1 }), "soak of -1ns"},
		"proved":         {rolled(func(r *schedule.Rollout) { r.Proved = -1 }), "-1 proved"},
		"gone":           {rolled(func(r *schedule.Rollout) { r.Groups[0].Gone = -1 }), "-1 gone"},
		"within":         {rolled(func(r *schedule.Rollout) { r.Groups[0].Within = -1 }), "within -1ns"},
		"batch":          {rolled(func(r *schedule.Rollout) { r.Groups[0].Batches = []int{1, 0} }), "batches [1 0]"},
		"before, others": {schedule.Spec{Before: make([]schedule.Before, 2)}, "0 nodes, 2 known from before"},
		"before, no end": {resumed(fleet(schedule.Rollout{}, 1), map[int]schedule.Before{0: {Outcome: schedule.Failed}}), "node 0, before: outcome 4 is no good end"},
		"before, owed":   {resumed(fleet(schedule.Rollout{}, 1), map[int]schedule.Before{0: {Notified: true}}), "node 0, before: only a handler"},
		"equal ranks":    {schedule.Spec{Hosts: 1, Nodes: nodes(task(0, 3), task(0, 3))}, "same rank 3"},
		"needs itself":   {schedule.Spec{Hosts: 1, Nodes: nodes(task(0, 0, 0))}, "wait for each other: 0 is needed by 0"},
		"needs a later":  {schedule.Spec{Hosts: 1, Nodes: nodes(task(0, 0, 1), task(0, 1))}, "wait for each other: 1 is needed by 0, 0 is queued before 1"},
		"behind one that is free": {schedule.Spec{Hosts: 3, Nodes: nodes(task(0, 0, 2), task(0, 1, 3), task(1, 0, 1), task(2, 0))},
			"wait for each other: 2 is needed by 0, 0 is queued before 1, 1 is needed by 2"},
		"over two hosts": {schedule.Spec{Hosts: 2, Nodes: nodes(task(0, 0, 3), task(0, 1), task(1, 0, 1), task(1, 1), task(0, 2))},
			"wait for each other: 3 is needed by 0, 0 is queued before 1, 1 is needed by 2, 2 is queued before 3"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := schedule.New(tt.spec)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestNewAcceptsNeedsInsideParallel(t *testing.T) {
	spec := schedule.Spec{Hosts: 1, Nodes: nodes(parallel(1, task(0, 0, 1)), parallel(1, task(0, 1)))}
	if _, err := schedule.New(spec); err != nil {
		t.Error(err)
	}
}
