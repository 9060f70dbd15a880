package lang

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/plugins/sdk"
)

// TaskValue is what task.NAME means once the task has run on a host: its outputs and `changed`. An output that the module left
// out is null.
func TaskValue(outputs sdk.Schema, result sdk.Object, changed bool) cty.Value {
	return taskObject(outputs, cty.BoolVal(changed), func(a sdk.Attribute) cty.Value {
		v := result.Attr(a.Name)
		if v.IsKnown() && v.IsNull() {
			v = cty.NullVal(a.Type)
		}
		if a.Sensitive {
			v = v.Mark(Sensitive)
		}
		return v
	})
}

// UnknownTask is what task.NAME means before the task has run, or where its outcome is not known.
func UnknownTask(outputs sdk.Schema) cty.Value {
	return taskObject(outputs, cty.UnknownVal(cty.Bool), func(a sdk.Attribute) cty.Value { return cty.UnknownVal(a.Type) })
}

func taskObject(outputs sdk.Schema, changed cty.Value, value func(sdk.Attribute) cty.Value) cty.Value {
	attrs := map[string]cty.Value{}
	for _, a := range outputs.Attributes {
		attrs[a.Name] = value(a)
	}
	attrs["changed"] = changed
	return cty.ObjectVal(attrs)
}

// Instances is what task.NAME means for a task with for_each: one value per key.
func Instances(byKey map[string]cty.Value) cty.Value { return cty.ObjectVal(byKey) }

// ByHost is what play.P.task.NAME means: one value per host.
func ByHost(byHost map[string]cty.Value) cty.Value { return cty.ObjectVal(byHost) }
