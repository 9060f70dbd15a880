package plan

import (
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/lang"
)

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
