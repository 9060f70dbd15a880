package lang

import (
	"encoding/json"
	"fmt"

	"github.com/zclconf/go-cty/cty"
)

// What stands in JSON for what cannot be shown.
const (
	hiddenText  = "(sensitive)"
	unknownText = "(known after the run)"
)

// JSON writes a value for output. What is sensitive, a secret or unknown is replaced by a text that says so.
func JSON(v cty.Value) (json.RawMessage, error) {
	data, err := json.Marshal(shown(v))
	if err != nil {
		return nil, fmt.Errorf("lang: write %s as JSON: %w", v.Type().FriendlyName(), err)
	}
	return data, nil
}

func shown(v cty.Value) any {
	if v == cty.NilVal {
		return nil
	}
	bare, marks := v.Unmark()
	if _, hidden := marks[Sensitive]; hidden || bare.Type() == secretType {
		return hiddenText
	}
	ty := bare.Type()
	switch {
	case !bare.IsKnown():
		return unknownText
	case bare.IsNull():
		return nil
	case ty == cty.String:
		return bare.AsString()
	case ty == cty.Bool:
		return bare.True()
	case ty == cty.Number:
		return json.Number(bare.AsBigFloat().Text('f', -1))
	case ty.IsMapType(), ty.IsObjectType():
		out := map[string]any{}
		for k, e := range bare.AsValueMap() {
			out[k] = shown(e)
		}
		return out
	case bare.CanIterateElements():
		out := []any{}
		for _, e := range bare.AsValueSlice() {
			out = append(out, shown(e))
		}
		return out
	}
	return hiddenText // a capsule that nobody taught us to show
}
