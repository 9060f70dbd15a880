package playbook

import (
	"testing"
)

func TestLoadWebexCTI(t *testing.T) {
	pb, ds := Load("../../playbooks/webex-cti.hcl")
	for _, d := range ds {
		t.Errorf("%s %s: %s", d.Code, d.Subject, d.Summary)
	}
	if len(pb.Plays) != 2 || len(pb.Plays[1].Tasks) != 3 || len(pb.Plays[1].Handlers) != 1 {
		t.Fatalf("plays: %+v", pb.Plays)
	}
	r := pb.Plays[1].Handlers[0].Rollout
	if r == nil || len(r.Health) != 1 || r.Health[0].Within == nil {
		t.Fatalf("rollout: %+v", r)
	}
}
