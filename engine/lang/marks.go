package lang

import "github.com/zclconf/go-cty/cty"

// Mark travels with a value through expressions, templates and functions.
type Mark string

const (
	// Sensitive values reach the module that needs them and are redacted everywhere else.
	Sensitive Mark = "sensitive"
	// Operator values came from --var, --var-file or the environment: a path among them is relative to the working
	// directory and may lead anywhere the operator can read.
	Operator Mark = "operator"
)

// IsSensitive reports whether v or a part of it is sensitive.
func IsSensitive(v cty.Value) bool { return hasMark(v, Sensitive) }

func hasMark(v cty.Value, m Mark) bool {
	if v == cty.NilVal {
		return false
	}
	_, marks := v.UnmarkDeep()
	_, ok := marks[m]
	return ok
}
