package inventory

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/lang"
)

// Load reads inventories from files, and from the *.hcl files of directories, as one. It returns what it could read even with
// errors, never nil; only without errors is it fit to be used.
func Load(paths []string) (*Inventory, diag.Diagnostics) {
	l := &loader{own: map[string]*hostBlock{}, inv: &Inventory{Sources: map[string][]byte{}, hosts: map[string]int{}, groups: map[string]*Group{}}}
	for _, p := range paths {
		for _, f := range l.files(p) {
			l.file(f)
		}
	}
	if l.diags.HasErrors() {
		return l.inv, l.diags
	}
	l.resolve()
	if len(l.inv.Hosts) == 0 && !l.diags.HasErrors() {
		l.diags = append(l.diags, diag.Diagnostic{
			Code: diag.NoHosts, Summary: "the inventory holds no host", Source: "inventory " + strings.Join(paths, ", "),
			Detail: "No group and no host block names one.", Advice: `Add group "xsp" { hosts = ["xsp01"] }.`,
		})
	}
	return l.inv, l.diags
}

// loader reads blocks first and resolves them when all files are known.
type loader struct {
	inv      *Inventory
	defaults *settings
	groups   []*groupBlock
	own      map[string]*hostBlock // by name
	order    []any                 // groupBlock and hostBlock in the order of the files
	diags    diag.Diagnostics
}

func (l *loader) add(ds ...diag.Diagnostic) { l.diags = append(l.diags, ds...) }

// files lists the files that a path given by the user stands for.
func (l *loader) files(path string) []string {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return []string{path} // opening it says what is wrong
	}
	found, _ := filepath.Glob(filepath.Join(escapeGlob(path), "*.hcl"))
	if len(found) == 0 {
		l.add(diag.Diagnostic{Code: diag.NoFiles, Summary: fmt.Sprintf("no inventory in %q", path), Source: "inventory " + path,
			Detail: "The directory holds no file that ends in .hcl.", Advice: "Give the directory with the inventory's files, or one file."})
	}
	slices.Sort(found)
	return found
}

func escapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

func (l *loader) file(path string) {
	if !strings.HasSuffix(path, ".hcl") && isOtherFormat(path) {
		l.add(diag.Diagnostic{Code: diag.NotInThisVersion, Summary: fmt.Sprintf("%q is no HCL inventory", path), Source: "inventory " + path,
			Detail: "Inventories in INI, YAML and JSON, and executable ones, are not in this version.", Advice: "Write it in HCL: see docs/language.md."})
		return
	}
	f, ds := lang.ParseFile(path)
	l.add(ds...)
	if f == nil {
		return
	}
	l.inv.Sources[path] = f.Bytes
	body, ok := f.Body.(*hclsyntax.Body)
	if !ok {
		return
	}
	r := newReader(l, path)
	for _, name := range sortedAttributes(body) {
		a := body.Attributes[name]
		l.add(diag.At(a.NameRange, diag.UnknownArgument, fmt.Sprintf("unknown argument %q", name), "At the top of an inventory stand the blocks defaults, group and host.", "Put it into one of them."))
	}
	for _, b := range body.Blocks {
		if !r.block(b) {
			return
		}
	}
}

func isOtherFormat(path string) bool {
	return slices.Contains([]string{".ini", ".yml", ".yaml", ".json", ".py", ".sh", ".cfg"}, strings.ToLower(filepath.Ext(path)))
}

func sortedAttributes(body *hclsyntax.Body) []string {
	var out []string
	for name := range body.Attributes {
		out = append(out, name)
	}
	slices.SortFunc(out, func(a, b string) int {
		return body.Attributes[a].NameRange.Start.Byte - body.Attributes[b].NameRange.Start.Byte
	})
	return out
}

// ofPlaybook are the blocks that only a playbook has at its top.
var ofPlaybook = []string{"play", "variable", "locals", "handler", "output", "requires", "task"}

// block reads one block at the top; false means that the file is no inventory at all.
func (r *reader) block(b *hclsyntax.Block) bool {
	switch b.Type {
	case "defaults":
		r.defaults(b)
	case "group":
		r.group(b)
	case "host":
		r.host(b)
	default:
		if slices.Contains(ofPlaybook, b.Type) {
			r.l.add(diag.At(b.TypeRange, diag.WrongFileKind, "this is a playbook, not an inventory",
				fmt.Sprintf("A block %q belongs to a playbook; an inventory has defaults, group and host.", b.Type), "Give the playbook as the argument and the inventory with -i."))
			return false
		}
		r.l.add(diag.At(b.TypeRange, diag.UnknownBlock, fmt.Sprintf("unknown block %q", b.Type), "An inventory has the blocks defaults, group and host.",
			diag.DidYouMean(b.Type, []string{"defaults", "group", "host"}, "Remove it.")))
	}
	return true
}

// label takes the one label of a block.
func (r *reader) label(b *hclsyntax.Block) (string, hcl.Range, bool) {
	if len(b.Labels) != 1 {
		r.l.add(diag.At(b.DefRange(), diag.BadLabels, fmt.Sprintf("a %s has one name", b.Type), fmt.Sprintf("Found %d.", len(b.Labels)), fmt.Sprintf("Write %s \"name\" { … }.", b.Type)))
		return "", b.TypeRange, false
	}
	return b.Labels[0], b.LabelRanges[0], true
}
