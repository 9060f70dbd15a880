package lang

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/muster-run/muster/engine/diag"
)

// contentMarks is what a file's content inherits from its path: not the operator's mark, because what stands in a file is not
// the operator's word.
func contentMarks(path cty.Value) cty.ValueMarks {
	_, marks := path.Unmark()
	out := maps.Clone(marks)
	delete(out, Operator)
	return out
}

var pathParam = function.Parameter{Name: "path", Type: cty.String, AllowMarked: true}

// fileFunc is file(PATH).
func fileFunc(files *Files) function.Function {
	return function.New(&function.Spec{
		Description: "the text of a file",
		Params:      []function.Parameter{pathParam},
		Type:        function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			text, err := files.ReadFile(args[0])
			if err != nil {
				return cty.NilVal, err
			}
			return cty.StringVal(text).WithMarks(contentMarks(args[0])), nil
		},
	})
}

// fileExistsFunc is fileexists(PATH). What is there and may not be read is an error, not false.
func fileExistsFunc(files *Files) function.Function {
	return function.New(&function.Spec{
		Description: "whether there is a file",
		Params:      []function.Parameter{pathParam},
		Type:        function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			_, err := files.ReadFile(args[0])
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return cty.False.WithMarks(contentMarks(args[0])), nil
			case err != nil:
				return cty.NilVal, err
			}
			return cty.True.WithMarks(contentMarks(args[0])), nil
		},
	})
}

// templateFileFunc is templatefile(PATH, VARS). A template sees its variables and the functions, but not itself: so there is
// no endless recursion.
func templateFileFunc(files *Files, functions map[string]function.Function) function.Function {
	return function.New(&function.Spec{
		Description: "the text of a file with ${…} filled in",
		Params:      []function.Parameter{pathParam, {Name: "vars", Type: cty.DynamicPseudoType, AllowMarked: true}},
		Type:        function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			text, err := files.ReadFile(args[0])
			if err != nil {
				return cty.NilVal, err
			}
			vars, marks := args[1].Unmark()
			if !vars.Type().IsObjectType() && !vars.Type().IsMapType() {
				return cty.NilVal, templateError("Write { name = value }.", "The second argument has to be an object, not %s.", got(vars))
			}
			pathValue, _ := args[0].Unmark()
			out, err := renderTemplate(pathValue.AsString(), text, &hcl.EvalContext{Variables: vars.AsValueMap(), Functions: functions})
			if err != nil {
				return cty.NilVal, err
			}
			return out.WithMarks(marks, contentMarks(args[0])), nil
		},
	})
}

func templateError(advice, detail string, args ...any) error {
	return diag.Causef(diag.BadFunctionCall, "the template cannot be filled in", advice, detail, args...)
}

func renderTemplate(name, text string, ctx *hcl.EvalContext) (cty.Value, error) {
	src := []byte(text)
	tokens, _ := hclsyntax.LexTemplate(src, name, hcl.InitialPos)
	if d, bad := checkTokens(tokens); bad {
		return cty.NilVal, templateError(d.Advice, "%s:%d: %s.", name, d.Subject.Start.Line, d.Summary)
	}
	expr, hd := hclsyntax.ParseTemplate(src, name, hcl.InitialPos)
	if hd.HasErrors() {
		d := diag.FromHCL(hd)[0]
		return cty.NilVal, templateError(d.Advice, "%s:%d: %s. %s", name, d.Subject.Start.Line, d.Summary, d.Detail)
	}
	v, ds := Evaluate(expr, ctx)
	if ds.HasErrors() {
		d, line := ds[0], 0
		if d.Subject != nil {
			line = d.Subject.Start.Line
		}
		return cty.NilVal, templateError(d.Advice, "%s:%d: %s. %s", name, line, d.Summary, d.Detail)
	}
	s, err := convert.Convert(v, cty.String)
	if err != nil {
		return cty.NilVal, templateError("Give text.", "The result is not text: %s.", err)
	}
	return s, nil
}

// onPath makes a function of a path's text alone.
func onPath(description string, do func(string) string) function.Function {
	return function.New(&function.Spec{
		Description: description,
		Params:      []function.Parameter{{Name: "path", Type: cty.String}},
		Type:        function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return cty.StringVal(do(args[0].AsString())), nil
		},
	})
}

var (
	basenameFunc = onPath("the last part of a path", path.Base)
	dirnameFunc  = onPath("a path without its last part", path.Dir)
)

// HostsFunc is hosts(PATTERN): the names of the hosts that a pattern selects. It is given to Functions once the inventory is known.
func HostsFunc(selectHosts func(pattern string) ([]string, error)) function.Function {
	return function.New(&function.Spec{
		Description: "the names of the hosts that a pattern selects",
		Params:      []function.Parameter{{Name: "pattern", Type: cty.String}},
		Type:        function.StaticReturnType(cty.List(cty.String)),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			names, err := selectHosts(args[0].AsString())
			if err != nil {
				return cty.NilVal, fmt.Errorf("hosts(%q): %w", args[0].AsString(), err)
			}
			if len(names) == 0 {
				return cty.ListValEmpty(cty.String), nil
			}
			vals := make([]cty.Value, len(names))
			for i, n := range names {
				vals[i] = cty.StringVal(n)
			}
			return cty.ListVal(vals), nil
		},
	})
}

// UnknownHostsFunc stands for hosts() where there is no inventory.
func UnknownHostsFunc() function.Function {
	return function.New(&function.Spec{
		Description: "the names of the hosts that a pattern selects",
		Params:      []function.Parameter{{Name: "pattern", Type: cty.String}},
		Type:        function.StaticReturnType(cty.List(cty.String)),
		Impl: func([]cty.Value, cty.Type) (cty.Value, error) {
			return cty.UnknownVal(cty.List(cty.String)), nil
		},
	})
}
