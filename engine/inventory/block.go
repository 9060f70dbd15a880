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

type groupBlock struct {
	settings
	name    string
	entries []entry
	match   *entry
}

// entry is one text of hosts, or the match, with its place.
type entry struct {
	text string
	rng  hcl.Range
}

type hostBlock struct {
	settings
	name    string
	address string
	nameRng hcl.Range
	addrRng hcl.Range
}

// reader reads the blocks of one file.
type reader struct {
	l   *loader
	dir string // absolute; what relative paths in the file start from
	ctx *hcl.EvalContext
}

// newReader makes the context of a file. Its functions read only below the file's directory; ssh_key and known_hosts may
// name any path, because they are the operator's own and never leave the control machine.
func newReader(l *loader, path string) *reader {
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		dir = filepath.Dir(path)
	}
	files := &lang.Files{Dir: dir, WorkDir: dir}
	return &reader{l: l, dir: dir, ctx: &hcl.EvalContext{Functions: lang.Functions(files, nil)}}
}

func (r *reader) defaults(b *hclsyntax.Block) {
	s := r.settings(b, nil)
	if r.l.defaults != nil {
		r.l.add(duplicate(b.TypeRange, "defaults", r.l.defaults.rng))
		return
	}
	r.l.defaults = &s
}

func duplicate(rng hcl.Range, what string, first hcl.Range) diag.Diagnostic {
	return diag.At(rng, diag.Duplicate, fmt.Sprintf("%s stands twice", what), fmt.Sprintf("The first is at %s:%d.", first.Filename, first.Start.Line), "Merge the two.")
}

func (r *reader) group(b *hclsyntax.Block) {
	name, rng, ok := r.label(b)
	if !ok {
		return
	}
	if !groupRE.MatchString(name) || name == "all" {
		r.l.add(diag.At(rng, diag.BadName, fmt.Sprintf("%q cannot be a group's name", shorten(name)), "A name begins with a letter and has letters, digits, _ and -; all is every host.", "Choose another name."))
		return
	}
	g := &groupBlock{name: name}
	g.settings = r.settings(b, func(a *hclsyntax.Attribute) bool {
		switch a.Name {
		case "hosts":
			g.entries = r.entries(a)
		case "match":
			g.match = r.match(a)
		default:
			return false
		}
		return true
	})
	g.rng = b.DefRange()
	if b.Body.Attributes["hosts"] == nil && b.Body.Attributes["match"] == nil {
		r.l.add(diag.At(rng, diag.MissingArgument, fmt.Sprintf("group %q names no hosts", name), "A group has hosts, or a match for the names of hosts that stand elsewhere.", "Add hosts = [ … ] or match = \"*.fra.*\"; an empty group is hosts = []."))
	}
	r.l.groups, r.l.order = append(r.l.groups, g), append(r.l.order, g)
}

func (r *reader) host(b *hclsyntax.Block) {
	name, rng, ok := r.label(b)
	if !ok {
		return
	}
	h := &hostBlock{name: name, nameRng: rng, addrRng: rng}
	if err := checkName(name); err != nil {
		r.l.add(diag.FromError(err, &rng, diag.BadHostName, "bad host name", ""))
		return
	}
	h.settings = r.settings(b, func(a *hclsyntax.Attribute) bool {
		if a.Name != "address" {
			return false
		}
		h.address, h.addrRng = r.text(a), a.Expr.Range()
		if err := checkAddress(h.address); err != nil && h.address != "" {
			r.l.add(diag.FromError(err, &h.addrRng, diag.BadHostName, "bad address", ""))
		}
		return true
	})
	h.rng = b.DefRange()
	r.l.order = append(r.l.order, h)
}

// entries reads hosts: a list of texts, each with its own place.
func (r *reader) entries(a *hclsyntax.Attribute) []entry {
	exprs, hd := hcl.ExprList(a.Expr)
	if hd.HasErrors() {
		texts, ds := lang.Strings(a.Expr, r.ctx)
		r.l.add(ds...)
		var out []entry
		for _, t := range texts {
			out = append(out, entry{t, a.Expr.Range()})
		}
		return out
	}
	var out []entry
	for _, e := range exprs {
		t, ds := lang.Text(e, r.ctx)
		r.l.add(ds...)
		out = append(out, entry{t, e.Range()})
	}
	return out
}

func (r *reader) match(a *hclsyntax.Attribute) *entry {
	e := &entry{r.text(a), a.Expr.Range()}
	if e.text == "" {
		return nil
	}
	return e
}

func (r *reader) text(a *hclsyntax.Attribute) string {
	t, ds := lang.Text(a.Expr, r.ctx)
	r.l.add(ds...)
	if t == "" && !ds.HasErrors() {
		r.l.add(diag.At(a.Expr.Range(), diag.NullValue, fmt.Sprintf("%q is empty", a.Name), "A value is needed.", "Give one, or remove the argument."))
	}
	return t
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
