package plan

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/muster-run/muster/engine/lang"
	"github.com/muster-run/muster/engine/playbook"
	"github.com/muster-run/muster/engine/schedule"
)

// webex is the mission's playbook over a lab.
func webex(t testing.TB, xsps int) Input {
	t.Helper()
	pb, ds := playbook.Load("../../playbooks/webex-cti.hcl")
	noErrors(t, ds)
	dir := t.TempDir()
	chain(t, filepath.Join(dir, "chain.pem"))
	return Input{Playbook: pb, Inventory: lab(t, xsps), Modules: bundled(), WorkDir: dir,
		Inputs: lang.Inputs{Vars: map[string]string{"chain_file": filepath.Join(dir, "chain.pem"), "cert_dir": dir}}}
}

func TestBuildWebexCTI(t *testing.T) {
	p, ds := Build(t.Context(), webex(t, 6))
	noErrors(t, ds)
	for i, n := range p.Nodes {
		s := p.Spec.Nodes[i]
		t.Logf("%d %s role=%d rank=%d needs=%v notify=%v rollout=%d/%d excl=%v", i, n.Addr, s.Role, s.Rank, s.Needs, n.Notify, s.Rollout, s.Group, s.Exclusive)
	}
	t.Logf("%+v", p.Spec.Rollouts)
	if _, err := schedule.New(p.Spec); err != nil {
		t.Fatal(err)
	}
	p.Text(os.Stdout)
	p.Dot(os.Stdout)
}
