package lang

import (
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Range finds where an argument path such as `certificate.key_file`, `ciphers[2]` or `rule[1].port` stands in the source. Where
// the path leads further than the text does, it is the last part that the text has; for an empty path the body's beginning.
func (a *Args) Range(path string) hcl.Range {
	return a.body.find(splitPath(path))
}

// splitPath cuts `a.b[2]["k"]` into a, b, 2, k.
func splitPath(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return strings.ContainsRune(`.[]"`, r) })
}

func (b *argBody) find(path []string) hcl.Range {
	if len(path) == 0 {
		return b.missing
	}
	for _, at := range b.attrs {
		if at.Name == path[0] && at.hcl != nil {
			return findIn(at.hcl.Expr, path[1:])
		}
	}
	for _, bl := range b.blocks {
		if bl.Name != path[0] || len(bl.bodies) == 0 {
			continue
		}
		n, rest := 0, path[1:]
		if len(rest) > 0 && bl.Repeat {
			if i, err := strconv.Atoi(rest[0]); err == nil && i >= 0 && i < len(bl.bodies) {
				n, rest = i, rest[1:]
			}
		}
		return bl.bodies[n].find(rest)
	}
	return b.missing
}

// findIn follows a path into a list or object that is written out.
func findIn(expr hcl.Expression, path []string) hcl.Range {
	if len(path) == 0 {
		return expr.Range()
	}
	switch e := expr.(type) {
	case *hclsyntax.TupleConsExpr:
		if i, err := strconv.Atoi(path[0]); err == nil && i >= 0 && i < len(e.Exprs) {
			return findIn(e.Exprs[i], path[1:])
		}
	case *hclsyntax.ObjectConsExpr:
		for _, item := range e.Items {
			if k, hd := item.KeyExpr.Value(nil); !hd.HasErrors() && k.IsKnown() && !k.IsNull() && k.AsString() == path[0] {
				return findIn(item.ValueExpr, path[1:])
			}
		}
	case *hclsyntax.ParenthesesExpr:
		return findIn(e.Expression, path)
	}
	return expr.Range()
}
