package lang

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/plugins/sdk"
)

// Sensitive values reach the module that needs them and are redacted everywhere else. It is the sdk's mark, so that what a
// module marks in its outputs stays marked.
const Sensitive = sdk.Sensitive

// Mark travels with a value through expressions, templates and functions.
type Mark string

// Operator values came from --var, --var-file or the environment: a path among them is relative to the working directory
// and may lead anywhere the operator can read.
const Operator Mark = "operator"

// IsSensitive reports whether v or a part of it is sensitive.
func IsSensitive(v cty.Value) bool { return hasMark(v, Sensitive) }

func hasMark(v cty.Value, mark any) bool {
	if v == cty.NilVal {
		return false
	}
	_, marks := v.UnmarkDeep()
	_, ok := marks[mark]
	return ok
}
