package lang

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/diag"
)

// Files reads what expressions and arguments name by path. A path that the playbook wrote is relative to Dir and confined
// to it, symbolic links included; a path with the Operator mark is relative to WorkDir and may lead anywhere. Each file is
// read once per run, so that all nodes see one content; secrets are not kept. Safe for concurrent use.
type Files struct {
	Dir     string // absolute; where the playbook is
	WorkDir string // absolute; where the operator is
	// Now is the clock that certificates are judged by; nil: time.Now.
	Now func() time.Time

	mu    sync.Mutex
	seen  map[fileKey]string
	notes diag.Diagnostics
}

type fileKey struct {
	path     string
	operator bool
}

// Notes returns what functions had to remark about the texts they were given, notes and warnings, each once.
func (f *Files) Notes() diag.Diagnostics {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.notes.Sorted()
}

// Read returns what was read so far: each file's text by its absolute path. Secrets are not among it.
func (f *Files) Read() map[string]string {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := make(map[string]string, len(f.seen))
	for key, text := range f.seen {
		out[key.path] = text
	}
	return out
}

func (f *Files) note(d diag.Diagnostic) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.notes = append(f.notes, d).Sorted()
}

// origin is the file that a text was read from, and empty where it is another's or a part of one.
func (f *Files) origin(text string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	first := ""
	for key, have := range f.seen {
		if have == text && (first == "" || key.path < first) {
			first = key.path
		}
	}
	return first
}

func (f *Files) now() time.Time {
	if f.Now == nil {
		return time.Now()
	}
	return f.Now()
}

// ReadFile returns the text of the file. The path is a known string and may be marked; marks on it are for the caller to keep.
func (f *Files) ReadFile(path cty.Value) (string, error) {
	operator := hasMark(path, Operator)
	path, _ = path.Unmark()
	name := path.AsString()
	key := fileKey{f.resolve(name, operator), operator} // what the operator may read says nothing about the playbook
	f.mu.Lock()
	defer f.mu.Unlock()
	if text, ok := f.seen[key]; ok {
		return text, nil
	}
	data, err := f.read(name, operator)
	if err != nil {
		return "", err
	}
	if invalidUTF8(data) >= 0 {
		return "", &diag.Cause{Code: diag.FileNotText, Summary: fmt.Sprintf("%q is not UTF-8 text", name), Detail: "It is binary, or text in another encoding.", Advice: "Give a text file; a certificate has to be PEM."}
	}
	if f.seen == nil {
		f.seen = map[fileKey]string{}
	}
	f.seen[key] = string(data)
	return f.seen[key], nil
}

// resolve makes the path absolute.
func (f *Files) resolve(name string, operator bool) string {
	base := f.Dir
	if operator {
		base, name = f.WorkDir, expandHome(name)
	}
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(base, name)
}

func (f *Files) read(name string, operator bool) ([]byte, error) {
	if name == "" || strings.ContainsRune(name, 0) {
		return nil, &diag.Cause{Code: diag.FileUnreadable, Summary: fmt.Sprintf("cannot read %q", name), Detail: "That is no path.", Advice: "Give the path of a file."}
	}
	if operator {
		return readRegular(f.resolve(name, operator), name)
	}
	return f.readConfined(name)
}

// readConfined opens through os.Root, which refuses every way out of the directory, links included.
func (f *Files) readConfined(name string) ([]byte, error) {
	escapes := &diag.Cause{
		Code: diag.PathEscapes, Summary: fmt.Sprintf("%q leads out of the playbook's directory", name),
		Detail: fmt.Sprintf("A path that a playbook writes is relative to %s and stays inside it.", f.Dir),
		Advice: "Move the file there, or take the path from a variable that is given with --var.",
	}
	rel := name
	if filepath.IsAbs(name) {
		r, err := filepath.Rel(f.Dir, name)
		if err != nil {
			return nil, escapes
		}
		rel = r
	}
	if !filepath.IsLocal(rel) || strings.HasPrefix(rel, "~") {
		return nil, escapes
	}
	root, err := os.OpenRoot(f.Dir)
	if err != nil {
		return nil, openError(f.Dir, f.Dir, err)
	}
	defer root.Close()
	file, err := root.OpenFile(rel, openFlags, 0)
	if err != nil {
		if strings.Contains(err.Error(), "path escapes") { // os has no sentinel for it
			return nil, escapes
		}
		return nil, openError(filepath.Join(f.Dir, rel), name, err)
	}
	defer file.Close()
	return readOpen(file, filepath.Join(f.Dir, rel), name)
}

// expandHome replaces a leading ~/ with the home directory, which a shell does not do inside of --var x=~/y.
func expandHome(path string) string {
	rest, ok := strings.CutPrefix(path, "~/")
	if !ok {
		return path
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return path
	}
	return filepath.Join(home, rest)
}
