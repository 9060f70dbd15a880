package sdk

import (
	"fmt"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/gocty"
)

// Object is a cty object value with the one operation that modules need. Its zero value is an empty object.
type Object struct{ Value cty.Value }

// Decode fills the struct that target points to; fields are tagged `cty:"name"`, one per attribute and block of the
// schema. An argument the playbook leaves out and that has no default is null: use a pointer or a slice for it. A block
// is a pointer to a struct. Decode fails for unknown values and for a struct that does not fit the schema, which is a
// bug of the module.
func (o Object) Decode(target any) error {
	if o.Value == cty.NilVal {
		return nil
	}
	if err := gocty.FromCtyValue(o.Value, target); err != nil {
		return fmt.Errorf("sdk: decode %T: %w", target, err)
	}
	return nil
}

// Attr returns one attribute, or cty.DynamicVal's null when the object has none of that name.
func (o Object) Attr(name string) cty.Value {
	if o.Value == cty.NilVal || o.Value.IsNull() || !o.Value.IsKnown() || !o.Value.Type().HasAttribute(name) {
		return cty.NullVal(cty.DynamicPseudoType)
	}
	return o.Value.GetAttr(name)
}

// Known reports whether the attribute is there, not null and wholly known: what a Validator asks before it judges.
func (o Object) Known(name string) bool {
	v := o.Attr(name)
	return !v.IsNull() && v.IsWhollyKnown()
}
