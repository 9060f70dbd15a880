package engine_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// topLevel is all that may stand in the repository's folder, besides dot-folders: a newcomer sees the house at once.
var topLevel = []string{
	"cmd", "engine", "modules", "plugins", "playbooks", "inventory", "docs", "go.mod", "go.sum", "Makefile", "README.md", "LICENSE",
}

// built is what make and go leave behind; .gitignore names it.
var built = []string{"bin", "lab"}

func TestTopLevel(t *testing.T) {
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if name := e.Name(); !strings.HasPrefix(name, ".") && !slices.Contains(topLevel, name) && !slices.Contains(built, name) {
			t.Errorf("%s stands at the top level; the folders there are %s", name, strings.Join(topLevel, " "))
		}
	}
}

func TestNoGoInDataFolders(t *testing.T) {
	for _, dir := range []string{"playbooks", "inventory"} {
		files, _ := filepath.Glob(filepath.Join("..", dir, "*.go"))
		if len(files) > 0 {
			t.Errorf("%s: %s holds data that users edit, not Go", files, dir)
		}
	}
}

func TestPackagesAreNamedForWhatTheyHold(t *testing.T) {
	bad := []string{"util", "utils", "common", "helper", "helpers", "types", "models", "misc", "shared", "base"}
	for _, p := range packages(t) {
		if slices.Contains(bad, p.Name) || strings.ContainsAny(strings.TrimSuffix(p.Name, "_test"), "_ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
			t.Errorf("package %s (%s): name it for the nouns it holds, one short lower-case word", p.Name, p.ImportPath)
		}
	}
}

func TestHostKeysAreAlwaysChecked(t *testing.T) {
	for _, p := range packages(t) {
		for _, f := range p.GoFiles {
			src, err := os.ReadFile(filepath.Join(p.Dir, f))
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(src, []byte("InsecureIgnoreHostKey")) {
				t.Errorf("%s/%s: no insecure host key callback in the binary, not even behind a flag", p.ImportPath, f)
			}
		}
	}
}

// Long files are a place to look, not a verdict, so they are listed and nothing fails.
func TestLongFiles(t *testing.T) {
	const most = 400
	for _, p := range packages(t) {
		for _, f := range p.GoFiles {
			src, err := os.ReadFile(filepath.Join(p.Dir, f))
			if err != nil {
				t.Fatal(err)
			}
			if n := bytes.Count(src, []byte("\n")); n > most && !strings.HasSuffix(f, ".pb.go") {
				t.Logf("%s/%s has %d lines: would a reader know where to look in it?", strings.TrimPrefix(p.ImportPath, module), f, n)
			}
		}
	}
}
