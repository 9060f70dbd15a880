package inventory

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/lang"
)

// settings is what defaults, a group and a host may all set.
type settings struct {
	values map[string]setting // "port", "user", "ssh_key", "known_hosts", and "data.KEY"
	rng    hcl.Range
}

// setting is one value with its place. The value of port is a number, of data anything, of the rest a string.
type setting struct {
	value cty.Value
	rng   hcl.Range
}

// settings reads the body of a block; what own takes is the block's own argument.
func (r *reader) settings(b *hclsyntax.Block, own func(*hclsyntax.Attribute) bool) settings {
	s := settings{values: map[string]setting{}, rng: b.DefRange()}
	for _, inner := range b.Body.Blocks {
		r.l.add(diag.At(inner.TypeRange, diag.UnknownBlock, fmt.Sprintf("unknown block %q in a %s", inner.Type, b.Type), "Only arguments stand here.", blockAdvice(inner.Type)))
	}
	for _, name := range sortedAttributes(b.Body) {
		a := b.Body.Attributes[name]
		if own != nil && own(a) {
			continue
		}
		r.setting(b, a, &s)
	}
	return s
}

func blockAdvice(name string) string {
	if name == "data" {
		return "Write data = { … } with an equals sign."
	}
	return "Remove it."
}

func (r *reader) setting(b *hclsyntax.Block, a *hclsyntax.Attribute, s *settings) {
	rng := a.Expr.Range()
	switch a.Name {
	case "port":
		n, ds := lang.Int(a.Expr, r.ctx, 22, 1, 65535)
		for i := range ds {
			ds[i].Code = diag.BadPort
		}
		r.l.add(ds...)
		s.values["port"] = setting{cty.NumberIntVal(int64(n)), rng}
	case "user":
		user := r.text(a)
		if user != "" && !userRE.MatchString(user) {
			r.l.add(diag.At(rng, diag.BadUser, fmt.Sprintf("%q cannot be a user's name", shorten(user)), "A name has letters, digits, dots, hyphens and underscores, and begins with a letter or underscore.", "Change the name."))
		}
		s.values["user"] = setting{cty.StringVal(user), rng}
	case "ssh_key", "known_hosts":
		if path := r.text(a); path != "" {
			s.values[a.Name] = setting{cty.StringVal(r.path(path)), rng}
		}
	case "data":
		r.data(a, s)
	default:
		r.unknown(b, a)
	}
}

// path makes a path absolute: ~/ is the operator's home, anything else starts from the file's directory.
func (r *reader) path(p string) string {
	if rest, ok := strings.CutPrefix(p, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, rest)
		}
	}
	if filepath.IsAbs(p) {
		return filepath.Clean(p)
	}
	return filepath.Join(r.dir, p)
}

// data keeps each element with its own place, since elements are merged one by one.
func (r *reader) data(a *hclsyntax.Attribute, s *settings) {
	v, ds := lang.Evaluate(a.Expr, r.ctx)
	r.l.add(ds...)
	if ds.HasErrors() {
		return
	}
	bare, marks := v.Unmark()
	if bare.IsNull() || !bare.Type().IsObjectType() && !bare.Type().IsMapType() {
		r.l.add(diag.At(a.Expr.Range(), diag.WrongType, "data is not a map", "It holds named values for modules.", "Write data = { site = \"fra\" }."))
		return
	}
	places := elementRanges(a.Expr)
	for k, e := range bare.AsValueMap() {
		rng, ok := places[k]
		if !ok {
			rng = a.Expr.Range()
		}
		s.values["data."+k] = setting{e.WithMarks(marks), rng}
	}
}

func elementRanges(expr hclsyntax.Expression) map[string]hcl.Range {
	out := map[string]hcl.Range{}
	if obj, ok := expr.(*hclsyntax.ObjectConsExpr); ok {
		for _, item := range obj.Items {
			if k, hd := item.KeyExpr.Value(nil); !hd.HasErrors() && k.IsKnown() && !k.IsNull() && k.Type() == cty.String {
				out[k.AsString()] = item.ValueExpr.Range()
			}
		}
	}
	return out
}

// ansibleNames are what Ansible calls settings of ours.
var ansibleNames = map[string]string{
	"ansible_host": "address", "ansible_port": "port", "ansible_user": "user", "ansible_ssh_private_key_file": "ssh_key", "vars": "data", "children": "match",
}

func (r *reader) unknown(b *hclsyntax.Block, a *hclsyntax.Attribute) {
	names := []string{"user", "port", "ssh_key", "known_hosts", "data"}
	switch b.Type {
	case "group":
		names = append(names, "hosts", "match")
	case "host":
		names = append(names, "address")
	}
	advice := diag.DidYouMean(a.Name, names, "It takes: "+diag.List(names)+". What modules read stands in data = { … }.")
	if ours, ok := ansibleNames[a.Name]; ok {
		advice = fmt.Sprintf("What Ansible calls %s is %s.", a.Name, ours)
	}
	if a.Name == "jump" {
		r.l.add(diag.At(a.NameRange, diag.NotInThisVersion, "jump hosts are not in this version", "Hosts are reached directly.", "Remove the argument."))
		return
	}
	r.l.add(diag.At(a.NameRange, diag.UnknownArgument, fmt.Sprintf("unknown argument %q in a %s", a.Name, b.Type), "", advice))
}
