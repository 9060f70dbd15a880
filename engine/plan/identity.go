package plan

import (
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/lang"
	"github.com/muster-run/muster/engine/schedule"
)

// ByName finds nodes by their address, as addr.Node.String writes it: so a record of an earlier run is laid onto this plan.
// Gates are not among them: nothing is recorded of one.
func (p *Plan) ByName() map[string]int {
	index := make(map[string]int, len(p.Nodes))
	for i := range p.Nodes {
		if p.Spec.Nodes[i].Role != schedule.Gate {
			index[p.Nodes[i].Addr.String()] = i
		}
	}
	return index
}

// Variables gives each variable's value as one text, equal texts for equal values, to be digested with a key: sensitive
// values stand in it, so it is neither shown nor stored. Of a secret that is fetched later it has the name only.
func (p *Plan) Variables() map[string]string {
	out := map[string]string{}
	for name, v := range p.vars {
		v, _ := v.UnmarkDeep()
		var text strings.Builder
		text.WriteString(v.GoString())
		_ = cty.Walk(v, func(_ cty.Path, part cty.Value) (bool, error) {
			if part.Type().IsCapsuleType() && part.IsKnown() && !part.IsNull() {
				if s, ok := part.EncapsulatedValue().(*lang.Secret); ok {
					text.WriteString("\x00" + s.ID())
				}
			}
			return true, nil
		})
		out[name] = text.String()
	}
	return out
}
