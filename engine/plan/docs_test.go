package plan

import (
	"regexp"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/plugins/sdk"
)

// TestExamplesOfRollouts: what the pages about rollouts show is right. A bare rollout stands for that of a handler.
func TestExamplesOfRollouts(t *testing.T) {
	example := regexp.MustCompile("(?s)```hcl\n(.*?)```")
	ms := bundled()
	probe := ms["tls_probe"]
	probe.desc = sdk.Description{Name: "tls_probe", Kind: sdk.Probe, Args: sdk.Schema{Attributes: []sdk.Attribute{attr("port", cty.Number, true)}}}
	ms["tls_probe"] = probe
	for page, want := range map[string]int{"../../docs/rollouts.md": 3, "../../docs/language.md": 1} {
		n, whole := 0, string(read(t, page))
		for _, m := range example.FindAllStringSubmatch(whole, -1) {
			text := m[1]
			if !strings.Contains(text, "rollout {") {
				continue
			}
			n++
			if strings.HasPrefix(text, "rollout") {
				text = "handler \"restart\" \"restart\" {\n" + text + "}\n"
			}
			if strings.HasPrefix(text, "handler") {
				text = "play \"p\" {\n  hosts = \"xsp\"\n  task \"note\" \"a\" {\n    notify = [handler.restart]\n  }\n" + text + "}\n"
			}
			p, ds := Build(t.Context(), Input{Playbook: source(t, text), Inventory: lab(t, 24), Modules: ms})
			noErrors(t, ds)
			if s := p.RolloutViews()[0].String(); page == "../../docs/rollouts.md" && n == 1 && !strings.Contains(whole, s) {
				t.Errorf("the page does not say of its first example: %s", s)
			}
		}
		if n != want {
			t.Errorf("%s has %d examples of rollouts, want %d", page, n, want)
		}
	}
}
