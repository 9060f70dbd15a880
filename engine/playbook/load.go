package playbook

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/diag"
)

// Load reads a playbook: a file, or a directory whose *.hcl files are merged in the order of their names. What it
// returns is as complete as the diagnostics allow, and never nil.
func Load(path string) (*Playbook, diag.Diagnostics) {
	l := &loader{pb: &Playbook{Path: path, Sources: map[string][]byte{}}, first: map[string]hcl.Range{}}
	files, dir := l.files(path)
	abs, err := filepath.Abs(dir)
	if err != nil {
		l.add("", diag.Diagnostic{Code: diag.FileUnreadable, Summary: "the working directory cannot be found", Detail: err.Error(),
			Advice: "Change to a directory that exists.", Source: path})
	}
	l.pb.Dir = abs
	var bodies []*hclsyntax.Body
	for _, file := range files {
		if body := l.parse(file); body != nil {
			bodies = append(bodies, body)
		}
	}
	if !l.isInventory(bodies) {
		for _, body := range bodies {
			l.file(body)
		}
		l.shadowed()
		l.empty(path)
	}
	return l.pb, l.diags.Sorted()
}

// loader is one Load under way.
type loader struct {
	pb    *Playbook
	diags diag.Diagnostics
	order int                  // of the next task, handler or check
	first map[string]hcl.Range // where each name was first given, by kind and name
}

func (l *loader) add(in string, d diag.Diagnostic) {
	if d.In == "" {
		d.In = in
	}
	l.diags = append(l.diags, d)
}

// files lists what a path stands for, and the directory it is in.
func (l *loader) files(path string) (files []string, dir string) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		l.add("", diag.Diagnostic{Code: diag.FileUnreadable, Summary: fmt.Sprintf("playbook %q cannot be read", path),
			Detail: reason(err), Advice: nearFile(path), Source: path})
		return nil, filepath.Dir(path)
	case !info.IsDir():
		return []string{path}, filepath.Dir(path)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		l.add("", diag.Diagnostic{Code: diag.FileUnreadable, Summary: fmt.Sprintf("directory %q cannot be read", path),
			Detail: reason(err), Advice: "Check its permissions.", Source: path})
		return nil, path
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".hcl") && !strings.HasPrefix(e.Name(), ".") && !e.IsDir() {
			files = append(files, filepath.Join(path, e.Name()))
		}
	}
	if len(files) == 0 {
		l.add("", diag.Diagnostic{Code: diag.NoFiles, Summary: fmt.Sprintf("directory %q holds no playbook", path),
			Detail: "A directory is read as one playbook, its *.hcl files merged; there is none.",
			Advice: "Name the file, or another directory.", Source: path})
	}
	return files, path
}

func reason(err error) string {
	switch {
	case os.IsNotExist(err):
		return "There is no such file or directory."
	case os.IsPermission(err):
		return "You may not read it."
	}
	return err.Error()
}

func nearFile(path string) string {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return "Check the path."
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if n := diag.Nearest(filepath.Base(path), names); n != "" {
		return fmt.Sprintf("Did you mean %q?", filepath.Join(filepath.Dir(path), n))
	}
	return "Check the path."
}

// inventoryBlocks are blocks that stand in no playbook.
var inventoryBlocks = []string{"defaults", "group", "host"}

func (l *loader) isInventory(bodies []*hclsyntax.Body) bool {
	var found *hclsyntax.Block
	for _, body := range bodies {
		for _, b := range body.Blocks {
			if !slices.Contains(inventoryBlocks, b.Type) {
				return false
			}
			if found == nil {
				found = b
			}
		}
	}
	if found == nil {
		return false
	}
	l.add("", diag.At(found.DefRange(), diag.WrongFileKind, "this is an inventory, not a playbook",
		fmt.Sprintf("The block %q says what hosts there are; a playbook has play blocks.", found.Type),
		fmt.Sprintf("Give it with -i: muster apply -i %s PLAYBOOK", l.pb.Path)))
	return true
}

var fileShape = shape{
	blocks: map[string]int{"requires": 0, "variable": 1, "locals": 0, "play": 1, "handler": 2, "output": 1},
	later:  []string{"role"},
}

// misplaced says where words of ours belong that stand at the top of a file.
var misplaced = map[string]string{
	"task":       "A task stands in a play: play \"name\" { hosts = ... task ... }.",
	"parallel":   "A parallel block stands in a play.",
	"check":      "A check block stands in a play.",
	"rollout":    "A rollout stands in a play or a handler.",
	"health":     "A health block stands in a rollout.",
	"run":        "A run block stands in a task.",
	"validation": "A validation block stands in a variable.",
	"plugin":     "A plugin block stands in requires.",
	"hosts":      "Put it into a play: play \"name\" { hosts = ... }.",
	"depends_on": "Put it into a play or a task.",
	"defaults":   "It belongs to an inventory, a file of its own: give it with -i.",
	"group":      "It belongs to an inventory, a file of its own: give it with -i.",
	"host":       "It belongs to an inventory, a file of its own: give it with -i.",
}

// file reads the top of one file.
func (l *loader) file(body *hclsyntax.Body) {
	known := &hclsyntax.Body{Attributes: hclsyntax.Attributes{}, SrcRange: body.SrcRange, EndRange: body.EndRange}
	for name, a := range body.Attributes {
		if !l.misplaced(name, a.NameRange, diag.UnknownArgument) {
			known.Attributes[name] = a
		}
	}
	for _, b := range body.Blocks {
		if !l.misplaced(b.Type, b.TypeRange, diag.UnknownBlock) {
			known.Blocks = append(known.Blocks, b)
		}
	}
	for _, b := range l.read(known, "", fileShape, body.SrcRange).blocks {
		switch b.Type {
		case "requires":
			l.requires(b)
		case "variable":
			l.variable(b)
		case "locals":
			l.locals(b)
		case "play":
			l.play(b)
		case "handler":
			l.pb.Handlers = append(l.pb.Handlers, l.task(b, taskAt{kind: addr.Handler}))
		case "output":
			l.output(b)
		}
	}
}

func (l *loader) misplaced(name string, rng hcl.Range, code string) bool {
	advice, ok := misplaced[name]
	if ok {
		l.add("", diag.At(rng, code, fmt.Sprintf("%s cannot stand at the top of a playbook", name),
			"At the top stand: "+diag.List(fileShape.names())+".", advice))
	}
	return ok
}

// unique reports a name that was given before, with both places.
func (l *loader) unique(kind, name string, rng hcl.Range, in, advice string) {
	key := kind + "\x00" + name
	if first, again := l.first[key]; again {
		what, _, _ := strings.Cut(kind, "\x00")
		l.add(in, diag.At(rng, diag.Duplicate, fmt.Sprintf("%s %q is already there", what, name),
			fmt.Sprintf("The first one is at %s.", place(first)), advice))
		return
	}
	l.first[key] = rng
}

// empty reports a playbook that would do nothing.
func (l *loader) empty(path string) {
	if len(l.pb.Plays) == 0 && !l.diags.HasErrors() {
		l.add("", diag.Diagnostic{Code: diag.MissingBlock, Summary: "the playbook has no play", Detail: "A play says what runs on which hosts; without one there is nothing to do.",
			Advice: `Write play "name" { hosts = "..." ... }.`, Source: path})
	}
}

// shadowed reports a play's handler that has the name of one at file level: handler.x would mean two things.
func (l *loader) shadowed() {
	top := map[string]hcl.Range{}
	for _, h := range l.pb.Handlers {
		top[h.Name] = h.Range
	}
	for _, p := range l.pb.Plays {
		for _, h := range p.Handlers {
			if first, ok := top[h.Name]; ok {
				l.add(fmt.Sprintf("play %q", p.Name), diag.At(h.Range, diag.Duplicate, fmt.Sprintf("handler %q stands at file level too", h.Name),
					fmt.Sprintf("The other one is at %s: handler.%s would mean two things, and nothing shadows anything.", place(first), h.Name),
					"Rename one of the two."))
			}
		}
	}
}
