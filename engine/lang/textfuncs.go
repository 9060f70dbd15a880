package lang

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/muster-run/muster/engine/diag"
)

// onText makes a function of one text. Its errors never show the text, which may be a secret.
func onText(description string, do func(string) (string, error)) function.Function {
	return function.New(&function.Spec{
		Description: description,
		Params:      []function.Parameter{{Name: "text", Type: cty.String}},
		Type:        function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			s, err := do(args[0].AsString())
			if err != nil {
				return cty.NilVal, err
			}
			return cty.StringVal(s), nil
		},
	})
}

// onTexts makes a predicate of two texts.
func onTexts(description, second string, do func(text, other string) bool) function.Function {
	return function.New(&function.Spec{
		Description: description,
		Params:      []function.Parameter{{Name: "text", Type: cty.String}, {Name: second, Type: cty.String}},
		Type:        function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return cty.BoolVal(do(args[0].AsString(), args[1].AsString())), nil
		},
	})
}

var (
	base64EncodeFunc = onText("a text in base64", func(s string) (string, error) {
		return base64.StdEncoding.EncodeToString([]byte(s)), nil
	})
	base64DecodeFunc = onText("the text behind base64", func(s string) (string, error) {
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil || !utf8.Valid(b) {
			return "", diag.Causef(diag.BadFunctionCall, "base64decode() cannot read its argument", "Check where the text comes from.", "It is not the base64 of a UTF-8 text.")
		}
		return string(b), nil
	})
	sha256Func = onText("the SHA-256 of a text in hex", func(s string) (string, error) {
		sum := sha256.Sum256([]byte(s))
		return hex.EncodeToString(sum[:]), nil
	})
	sha512Func = onText("the SHA-512 of a text in hex", func(s string) (string, error) {
		sum := sha512.Sum512([]byte(s))
		return hex.EncodeToString(sum[:]), nil
	})
	urlEncodeFunc = onText("a text for use in a URL's query", func(s string) (string, error) {
		return url.QueryEscape(s), nil
	})
)

// replaceFunc is replace(TEXT, OLD, NEW); an OLD in slashes is a regular expression, as in Terraform.
var replaceFunc = function.New(&function.Spec{
	Description: "a text with parts replaced",
	Params:      []function.Parameter{{Name: "text", Type: cty.String}, {Name: "old", Type: cty.String}, {Name: "new", Type: cty.String}},
	Type:        function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		old := args[1].AsString()
		if len(old) > 1 && strings.HasPrefix(old, "/") && strings.HasSuffix(old, "/") {
			return stdlib.RegexReplace(args[0], cty.StringVal(old[1:len(old)-1]), args[2])
		}
		return cty.StringVal(strings.ReplaceAll(args[0].AsString(), old, args[2].AsString())), nil
	},
})

// sensitiveFunc is sensitive(VALUE). There is no way back: a value that may be shown is taken from where it is not sensitive.
var sensitiveFunc = function.New(&function.Spec{
	Description: "a value that is redacted wherever it would be shown",
	Params: []function.Parameter{{
		Name: "value", Type: cty.DynamicPseudoType, AllowUnknown: true, AllowNull: true, AllowMarked: true, AllowDynamicType: true,
	}},
	Type: func(args []cty.Value) (cty.Type, error) { return args[0].Type(), nil },
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return args[0].Mark(Sensitive), nil },
})
