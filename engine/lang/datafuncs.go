package lang

import (
	"fmt"
	"regexp"
	"strings"

	yaml "github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

var (
	jsonDecodeFunc = guarded(stdlib.JSONDecodeFunc, "jsondecode", checkJSON)
	yamlDecodeFunc = guarded(yaml.YAMLDecodeFunc, "yamldecode", checkYAML)
	yamlEncodeFunc = yaml.YAMLEncodeFunc
)

// guarded puts a check in front of a decoder that recurses without a limit of its own.
func guarded(f function.Function, name string, check func(text string) string) function.Function {
	return function.New(&function.Spec{
		Description: "the value behind a text",
		Params:      []function.Parameter{{Name: "text", Type: cty.String}},
		Type: func(args []cty.Value) (cty.Type, error) {
			bare, _ := args[0].Unmark()
			if !bare.IsKnown() {
				return cty.DynamicPseudoType, nil
			}
			if len(bare.AsString()) > MaxFile {
				return cty.NilType, callError("Give a smaller text.", name+"() cannot read its argument", "At most %d bytes are read.", MaxFile)
			}
			if reason := check(bare.AsString()); reason != "" {
				return cty.NilType, callError("Give simpler data.", name+"() cannot read its argument", "%s", reason)
			}
			return f.ReturnTypeForValues(args)
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return f.Call(args) },
	})
}

// maxBrackets bounds the flow collections of a YAML text, and so how deep its decoder can recurse.
const maxBrackets = 10_000

const tooDeep = "It nests more than 100 deep."

func checkJSON(text string) string {
	if bracketDepth(text) > maxDepth {
		return tooDeep
	}
	return ""
}

// bracketDepth is the deepest nesting of [ and { outside of double quotes.
func bracketDepth(text string) int {
	deepest, depth, quoted := 0, 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			depth++
			deepest = max(deepest, depth)
		case c == ']' || c == '}':
			depth--
		}
	}
	return deepest
}

var (
	yamlAnchor = regexp.MustCompile(`(?m)(^|[\s,\[{])&[A-Za-z0-9_]`)
	yamlAlias  = regexp.MustCompile(`(?m)(^|[\s,\[{])\*[A-Za-z0-9_]`)
)

// checkYAML bounds both ways of nesting, by brackets and by indentation, and refuses aliases: a page of them unfolds to more
// than any memory holds.
func checkYAML(text string) string {
	// What is a bracket in YAML depends on much; their number bounds the depth in any case.
	if strings.Count(text, "[")+strings.Count(text, "{") > maxBrackets {
		return fmt.Sprintf("It has more than %d brackets.", maxBrackets)
	}
	for line := range strings.Lines(text) {
		if len(line)-len(strings.TrimLeft(line, " -?:")) > 4*maxDepth {
			return tooDeep
		}
	}
	if yamlAnchor.MatchString(text) && yamlAlias.MatchString(text) {
		return "It uses aliases (&name and *name), which are not in this version."
	}
	return ""
}
