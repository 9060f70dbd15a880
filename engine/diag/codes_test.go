package diag

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var codeRE = regexp.MustCompile(`^[EWN][0-9]{4}$`)

// constants reads the names and codes that codes.go declares.
func constants(t *testing.T) map[string]string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "codes.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	ast.Inspect(f, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && len(v.Names) == 1 && len(v.Values) == 1 {
			if lit, ok := v.Values[0].(*ast.BasicLit); ok {
				out[v.Names[0].Name], _ = strconv.Unquote(lit.Value)
			}
		}
		return true
	})
	return out
}

func TestTableHasEveryCode(t *testing.T) {
	inTable := map[string]bool{}
	for _, e := range Codes {
		if !codeRE.MatchString(e.Code) || e.Text == "" || inTable[e.Code] {
			t.Errorf("row %+v is malformed or stands twice", e)
		}
		inTable[e.Code] = true
	}
	all := constants(t)
	if len(all) != len(Codes) {
		t.Errorf("%d constants, %d rows", len(all), len(Codes))
	}
	for name, code := range all {
		if !inTable[code] {
			t.Errorf("%s = %s is not in the table", name, code)
		}
	}
}

// TestCodesInUse reads the whole program: a code that is written as text instead of its constant escapes the table, and one that
// nobody gives has no place in it.
func TestCodesInUse(t *testing.T) {
	all := constants(t)
	used := map[string]bool{}
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".") && d.Name() != ".." || d.Name() == "testdata"):
			return fs.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || filepath.Base(path) == "codes.go":
			return nil
		}
		scan(t, path, all, used)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var idle []string
	for name := range all {
		if !used[name] {
			idle = append(idle, name)
		}
	}
	slices.Sort(idle)
	if len(idle) > 0 {
		t.Errorf("given by nobody: %s", strings.Join(idle, ", "))
	}
}

// scan notes the constants that a file uses. A file that is being written and does not parse counts as it is so far.
func scan(t *testing.T, path string, all map[string]string, used map[string]bool) {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, _ := parser.ParseFile(token.NewFileSet(), path, src, 0)
	if f == nil {
		return
	}
	own := f.Name.Name == "diag"
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && x.Name == "diag" {
				used[n.Sel.Name] = true
			}
		case *ast.Ident:
			if own && all[n.Name] != "" {
				used[n.Name] = true
			}
		case *ast.BasicLit:
			if s, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING && codeRE.MatchString(s) {
				t.Errorf("%s: the code %s is written as text", path, s)
			}
		}
		return true
	})
}
