package lang

import (
	"fmt"
	"slices"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/gocty"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/plugins/sdk"
)

func (d *decoder) plain(a sdk.Attribute, v cty.Value, at place) cty.Value {
	c, ok := d.convert(a, v, a.Type, at)
	if !ok {
		return c
	}
	d.allowed(a, c, at)
	return c
}

func (d *decoder) convert(a sdk.Attribute, v cty.Value, ty cty.Type, at place) (cty.Value, bool) {
	c, err := convert.Convert(v, ty)
	if err == nil {
		return c, true
	}
	bare, _ := v.Unmark()
	detail := fmt.Sprintf("Expected %s, got %s.", typeName(ty), got(bare))
	if path := faultIn(bare, ty, err); path != "" {
		detail += fmt.Sprintf(" The part at fault is %s%s.", at.name, path)
	}
	d.diags = append(d.diags, diag.At(at.rng, diag.WrongType, fmt.Sprintf("wrong type for %q of %s", at.name, d.module), detail, wrongTypeAdvice(ty, bare)))
	return cty.UnknownVal(a.ReceivedType().WithoutOptionalAttributesDeep()), false
}

// allowed holds the value, or each element of a list, against OneOf.
func (d *decoder) allowed(a sdk.Attribute, v cty.Value, at place) {
	if len(a.OneOf) == 0 {
		return
	}
	secret := IsSensitive(v) || a.Sensitive
	v, _ = v.UnmarkDeep()
	_ = cty.Walk(v, func(_ cty.Path, e cty.Value) (bool, error) {
		if e.Type() != cty.String || !e.IsKnown() || e.IsNull() || slices.Contains(a.OneOf, e.AsString()) {
			return true, nil
		}
		shown := fmt.Sprintf("%q", e.AsString())
		if secret {
			shown = "a sensitive value"
		}
		d.diags = append(d.diags, diag.At(at.rng, diag.NotAllowed, fmt.Sprintf("%s is not allowed for %q", shown, at.name),
			"Allowed are: "+diag.List(a.OneOf)+".", diag.DidYouMean(e.AsString(), a.OneOf, "Choose one of them.")))
		return true, nil
	})
}

func (d *decoder) file(a sdk.Attribute, v cty.Value, at place) cty.Value {
	path, ok := d.convert(a, v, cty.String, at)
	bare, marks := path.Unmark()
	if !ok || !bare.IsKnown() || d.src == nil {
		return cty.UnknownVal(sdk.FileType).WithMarks(marks)
	}
	text, err := d.src.Files().ReadFile(path)
	if err != nil {
		d.fail(err, at, diag.FileUnreadable, fmt.Sprintf("cannot read the file of %q", at.name))
		return cty.UnknownVal(sdk.FileType)
	}
	return cty.ObjectVal(map[string]cty.Value{"path": bare, "text": cty.StringVal(text)}).WithMarks(marks)
}

// secret accepts secret(...), and besides it a path where the argument is a key file, or a string where it is a password.
func (d *decoder) secret(a sdk.Attribute, v cty.Value, at place) cty.Value {
	bare, marks := v.Unmark()
	var s *Secret
	switch {
	case bare.Type() == secretType && bare.IsKnown():
		s = bare.EncapsulatedValue().(*Secret)
	case bare.Type() == secretType:
	default:
		text, ok := d.convert(a, v, cty.String, at)
		if !ok {
			return cty.UnknownVal(sdk.HandleType)
		}
		if text, _ := text.Unmark(); text.IsKnown() {
			s = d.namedSecret(a, text.AsString(), hasMark(v, Operator), at)
		}
	}
	if s == nil || d.src == nil {
		return cty.UnknownVal(sdk.HandleType).WithMarks(marks)
	}
	h, err := d.src.Handle(d.ctx, s)
	if err != nil {
		d.fail(err, at, diag.SecretUnreadable, fmt.Sprintf("cannot obtain the secret for %q", at.name))
		return cty.UnknownVal(sdk.HandleType)
	}
	out, err := gocty.ToCtyValue(h, sdk.HandleType)
	if err != nil {
		panic(fmt.Sprintf("lang: sdk.Handle does not fit sdk.HandleType: %s", err))
	}
	return out.WithMarks(marks)
}

func (d *decoder) namedSecret(a sdk.Attribute, text string, operator bool, at place) *Secret {
	if a.Source == sdk.FromSecret {
		return &Secret{Kind: SecretText, Name: at.name, text: text}
	}
	if d.src == nil {
		return nil
	}
	return &Secret{Kind: SecretFile, Name: text, files: d.src.Files(), operator: operator}
}

func (d *decoder) fail(err error, at place, code, summary string) {
	rng := at.rng
	d.diags = append(d.diags, diag.FromError(err, &rng, code, summary, "Check what the argument names."))
}

func wrongTypeAdvice(ty cty.Type, v cty.Value) string {
	switch {
	case v.Type() == secretType:
		return "A secret can only be given to an argument that takes one."
	case ty.IsListType() || ty.IsSetType():
		return "Write a list: [ … ]."
	case ty.IsMapType() || ty.IsObjectType():
		return "Write a map: { key = … }."
	case ty == cty.Bool:
		return "Write true or false, without quotes."
	case ty == cty.Number:
		return "Write a number, without quotes."
	}
	return "Change the value."
}
