package lang

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/diag"
)

// brief is code, line, column and summary of each diagnostic.
func brief(ds diag.Diagnostics) []string {
	var out []string
	for _, d := range ds {
		at := ""
		if d.Subject != nil {
			at = fmt.Sprintf("%d,%d", d.Subject.Start.Line, d.Subject.Start.Column)
		}
		out = append(out, fmt.Sprintf("%s %s %s", d.Code, at, d.Summary))
	}
	return out
}

func expr(t testing.TB, src string) hclsyntax.Expression {
	t.Helper()
	e, hd := hclsyntax.ParseExpression([]byte(src), "t.hcl", hcl.InitialPos)
	if hd.HasErrors() {
		t.Fatalf("%s: %s", src, hd)
	}
	return e
}

func body(t testing.TB, src string) hcl.Body {
	t.Helper()
	f, ds := ParseHCL("t.hcl", []byte(src))
	if ds.HasErrors() {
		t.Fatal(brief(ds))
	}
	return f.Body
}

// write puts files (name, content, …) into a new directory.
func write(t testing.TB, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		path := filepath.Join(dir, files[i])
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(files[i+1]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// eval evaluates an expression with the functions and nothing else.
func eval(t testing.TB, files *Files, src string) (cty.Value, diag.Diagnostics) {
	t.Helper()
	return Evaluate(expr(t, src), &hcl.EvalContext{Functions: Functions(files, nil)})
}

// complete reports a diagnostic that lacks what every one has to have.
func complete(t testing.TB, ds diag.Diagnostics) {
	t.Helper()
	for _, d := range ds {
		if d.Code == "" || d.Summary == "" || d.Advice == "" {
			t.Errorf("a diagnostic lacks a part: %+v", d)
		}
	}
}
