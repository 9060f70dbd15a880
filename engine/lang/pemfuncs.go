package lang

import (
	"errors"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/muster-run/muster/engine/diag"
)

var pemParam = []function.Parameter{{Name: "pem", Type: cty.String}}

// pemBlocksFunc is pem_blocks(text): each block as a text of its own. A private key among them makes all of it sensitive.
func pemBlocksFunc(files *Files) function.Function {
	return function.New(&function.Spec{
		Description: "the blocks of a PEM text, each as PEM",
		Params:      pemParam,
		Type:        function.StaticReturnType(cty.List(cty.String)),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			blocks, err := files.splitPEM("pem_blocks", args[0].AsString())
			if err != nil {
				return cty.NilVal, err
			}
			var vals []cty.Value
			secret := false
			for _, b := range blocks {
				vals = append(vals, cty.StringVal(b.text))
				secret = secret || strings.HasSuffix(b.kind, "PRIVATE KEY")
			}
			if len(vals) == 0 {
				return cty.ListValEmpty(cty.String), nil
			}
			if secret {
				return cty.ListVal(vals).Mark(Sensitive), nil
			}
			return cty.ListVal(vals), nil
		},
	})
}

// pemByRoleFunc is pem_by_role(text): { root = "…", issuing = "…" } by who signed whom.
func pemByRoleFunc(files *Files) function.Function {
	return function.New(&function.Spec{
		Description: "the root and the issuing certificate of a chain file, in whichever order it has them",
		Params:      pemParam,
		Type:        function.StaticReturnType(cty.Map(cty.String)),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			blocks, err := files.splitPEM("pem_by_role", args[0].AsString())
			if err != nil {
				return cty.NilVal, err
			}
			root, issuing, err := byRole(blocks, files.now())
			if err != nil {
				return cty.NilVal, files.inFile(args[0].AsString(), err)
			}
			return cty.MapVal(map[string]cty.Value{"root": cty.StringVal(root.text), "issuing": cty.StringVal(issuing.text)}), nil
		},
	})
}

// x509Func is x509(text): the facts of one certificate.
func x509Func(files *Files) function.Function {
	return function.New(&function.Spec{
		Description: "the facts of one certificate",
		Params:      pemParam,
		Type:        function.StaticReturnType(certificateType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			blocks, err := files.splitPEM("x509", args[0].AsString())
			if err != nil {
				return cty.NilVal, err
			}
			if len(blocks) != 1 {
				err := certError("Pick one: x509(pem_blocks(…)[0]).", "Expected one certificate, found %s.", count(len(blocks)))
				return cty.NilVal, files.inFile(args[0].AsString(), err)
			}
			c, err := certificate(blocks[0])
			if err != nil {
				return cty.NilVal, files.inFile(args[0].AsString(), err)
			}
			return certificateValue(c), nil
		},
	})
}

// splitPEM splits and keeps what is worth a note, once for each file, or for each function where the text is from no file.
func (f *Files) splitPEM(function, text string) ([]pemBlock, error) {
	source := f.origin(text)
	if source == "" {
		source = function + "()"
	}
	blocks, notes, err := splitPEM(text)
	for _, n := range notes {
		f.note(diag.Diagnostic{
			Severity: diag.Note, Code: diag.TextAroundBlocks, Summary: "the PEM text is not in its plain form", Detail: n,
			Advice: "Nothing has to be done.", Source: source,
		})
	}
	for _, d := range expiring(blocks, source, f.now()) {
		f.note(d)
	}
	return blocks, f.inFile(text, err)
}

// inFile adds to the cause of an error which file the text came from.
func (f *Files) inFile(text string, err error) error {
	cause, ok := errors.AsType[*diag.Cause](err)
	file := f.origin(text)
	if !ok || file == "" {
		return err
	}
	named := *cause
	named.Detail += " The file is " + file + "."
	return &named
}
