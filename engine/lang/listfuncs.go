package lang

import (
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/muster-run/muster/engine/diag"
)

// maxProduct bounds what setproduct() may make.
const maxProduct = 100_000

func callError(advice, summary, detail string, args ...any) error {
	return diag.Causef(diag.BadFunctionCall, summary, advice, detail, args...)
}

// lengthFunc is length(VALUE) of a collection or, in characters, of a text.
var lengthFunc = function.New(&function.Spec{
	Description: "the number of elements, or of characters",
	Params:      []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType}},
	Type:        function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if args[0].Type() == cty.String {
			return stdlib.Strlen(args[0])
		}
		if !args[0].CanIterateElements() {
			return cty.NilVal, callError("Give a collection or a text.", "length() cannot measure its argument", "Expected a list, set, map, object or text, got %s.", got(args[0]))
		}
		return cty.NumberIntVal(int64(args[0].LengthInt())), nil
	},
})

// oneFunc is one(LIST): its only element, or null when it is empty.
var oneFunc = function.New(&function.Spec{
	Description: "the only element of a list, or null",
	Params:      []function.Parameter{{Name: "list", Type: cty.DynamicPseudoType}},
	Type: func(args []cty.Value) (cty.Type, error) {
		ty := args[0].Type()
		switch {
		case ty.IsListType(), ty.IsSetType():
			return ty.ElementType(), nil
		case ty.IsTupleType() && ty.Length() == 1:
			return ty.TupleElementType(0), nil
		}
		return cty.DynamicPseudoType, nil
	},
	Impl: func(args []cty.Value, ty cty.Type) (cty.Value, error) {
		if !args[0].CanIterateElements() || args[0].Type().IsMapType() || args[0].Type().IsObjectType() {
			return cty.NilVal, callError("Give a list or a set.", "one() needs a list", "Got %s.", got(args[0]))
		}
		switch vals := args[0].AsValueSlice(); len(vals) {
		case 0:
			return cty.NullVal(ty), nil
		case 1:
			return vals[0], nil
		default:
			return cty.NilVal, callError("Narrow the list, or pick an element.", "one() needs at most one element", "The list has %d.", len(vals))
		}
	},
})

var sumFunc = function.New(&function.Spec{
	Description: "the sum of a list of numbers",
	Params:      []function.Parameter{{Name: "numbers", Type: cty.List(cty.Number)}},
	Type:        function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		total := cty.Zero
		for _, v := range args[0].AsValueSlice() {
			if !v.IsKnown() {
				return cty.UnknownVal(cty.Number), nil
			}
			if v.IsNull() {
				return cty.NilVal, callError("Leave it out.", "sum() cannot add null", "An element of the list is null.")
			}
			total = total.Add(v)
		}
		return total, nil
	},
})

// overBools folds a list of bools; an element that is unknown makes the result unknown, unless another one decides it.
func overBools(description string, decisive bool) function.Function {
	return function.New(&function.Spec{
		Description: description,
		Params:      []function.Parameter{{Name: "conditions", Type: cty.List(cty.Bool)}},
		Type:        function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			out := cty.BoolVal(!decisive)
			for _, v := range args[0].AsValueSlice() {
				switch {
				case !v.IsKnown():
					out = cty.UnknownVal(cty.Bool)
				case v.IsNull():
					if !decisive {
						return cty.False, nil
					}
				case v.True() == decisive:
					return cty.BoolVal(decisive), nil
				}
			}
			return out, nil
		},
	})
}

var (
	alltrueFunc = overBools("whether all conditions hold", false)
	anytrueFunc = overBools("whether one of the conditions holds", true)
)

// indexFunc is index(LIST, VALUE): where the value stands, from 0.
var indexFunc = function.New(&function.Spec{
	Description: "the position of a value in a list",
	Params:      []function.Parameter{{Name: "list", Type: cty.DynamicPseudoType}, {Name: "value", Type: cty.DynamicPseudoType}},
	Type:        function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		ty := args[0].Type()
		if !ty.IsListType() && !ty.IsTupleType() {
			return cty.NilVal, callError("Give a list.", "index() needs a list", "Got %s.", got(args[0]))
		}
		for i, v := range args[0].AsValueSlice() {
			eq, err := stdlib.Equal(v, args[1])
			if err != nil {
				return cty.NilVal, err
			}
			if !eq.IsKnown() {
				return cty.UnknownVal(cty.Number), nil
			}
			if eq.True() {
				return cty.NumberIntVal(int64(i)), nil
			}
		}
		return cty.NilVal, callError("Ask with contains() first, or use try().", "index() does not find the value", "No element of the list is equal to it.")
	},
})

// lookupFunc is lookup(MAP, KEY, DEFAULT) with an optional default.
var lookupFunc = function.New(&function.Spec{
	Description: "the element of a map with a key, or a default",
	Params:      []function.Parameter{{Name: "map", Type: cty.DynamicPseudoType}, {Name: "key", Type: cty.String}},
	VarParam:    &function.Parameter{Name: "default", Type: cty.DynamicPseudoType, AllowNull: true},
	Type:        lookupType,
	Impl: func(args []cty.Value, ty cty.Type) (cty.Value, error) {
		if v, ok := args[0].AsValueMap()[args[1].AsString()]; ok {
			return v, nil
		}
		if len(args) == 3 {
			return convert.Convert(args[2], ty)
		}
		return cty.NilVal, callError("Give a default as third argument.", "lookup() does not find the key", "The map has no element %q.", args[1].AsString())
	},
})

func lookupType(args []cty.Value) (cty.Type, error) {
	if len(args) > 3 {
		return cty.NilType, callError("Write lookup(MAP, KEY, DEFAULT).", "lookup() has too many arguments", "It takes two or three.")
	}
	ty := args[0].Type()
	switch {
	case ty.IsMapType():
		return ty.ElementType(), nil
	case ty.IsObjectType() && args[1].IsKnown():
		bare, _ := args[1].Unmark()
		if key := bare.AsString(); ty.HasAttribute(key) {
			return ty.AttributeType(key), nil
		}
		if len(args) == 3 {
			return args[2].Type(), nil
		}
	case ty == cty.DynamicPseudoType, ty.IsObjectType():
	default:
		return cty.NilType, callError("Give a map.", "lookup() needs a map", "Got %s.", ty.FriendlyName())
	}
	return cty.DynamicPseudoType, nil
}

// setProductFunc is the library's, with a bound on its result.
var setProductFunc = function.New(&function.Spec{
	Description: "all combinations of the elements of several sets",
	VarParam:    &function.Parameter{Name: "sets", Type: cty.DynamicPseudoType},
	Type: func(args []cty.Value) (cty.Type, error) {
		product := 1
		for _, a := range args {
			bare, _ := a.Unmark()
			if bare.IsKnown() && !bare.IsNull() && bare.CanIterateElements() {
				if product *= bare.LengthInt(); product > maxProduct {
					return cty.NilType, callError("Give smaller sets.", "setproduct() would make too much", "It would make more than %d elements.", maxProduct)
				}
			}
		}
		return stdlib.SetProductFunc.ReturnTypeForValues(args)
	},
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return stdlib.SetProductFunc.Call(args) },
})
