package inventory

import (
	"fmt"
	"path/filepath"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/lang"
)

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
