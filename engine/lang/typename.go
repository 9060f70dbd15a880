package lang

import (
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/zclconf/go-cty/cty"
)

// typeName writes a type as a playbook would.
func typeName(ty cty.Type) string {
	if ty == secretType {
		return "secret"
	}
	if ty.IsObjectType() && len(ty.AttributeTypes()) > 4 {
		return "object"
	}
	return typeexpr.TypeString(ty)
}

// got names the type of a value that did not fit, never the value.
func got(v cty.Value) string {
	switch {
	case v.Type() == secretType:
		return "a secret, which cannot be read"
	case v.IsNull():
		return "null"
	case v.Type().IsTupleType():
		return "a list"
	case v.Type().IsObjectType():
		return "an object"
	}
	return v.Type().FriendlyName()
}
