package lang

import (
	"maps"

	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// Functions is the table of functions of a run. extra adds those that need to know more than this package does, such as hosts
// (see HostsFunc).
func Functions(files *Files, extra map[string]function.Function) map[string]function.Function {
	out := map[string]function.Function{
		"secret": secretFunc(files),
		"try":    tryfunc.TryFunc, "can": tryfunc.CanFunc, "length": stdlib.LengthFunc,
	}
	maps.Copy(out, extra)
	return out
}
