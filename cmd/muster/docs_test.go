package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every example on a module's page is right: what may be missing are only the files that it names.
func TestExamplesOfDocs(t *testing.T) {
	dir := t.TempDir()
	if out, exit := muster(dir, "docs", "--md", dir); exit != 0 {
		t.Fatalf("docs --md: exit %d\n%s", exit, out)
	}
	pages, err := filepath.Glob(filepath.Join(dir, "*.md"))
	if err != nil || len(pages) < 5 {
		t.Fatalf("pages %v, %v", pages, err)
	}
	example := regexp.MustCompile("(?s)```hcl\n(.*?)```")
	plays, declared := "", map[string]bool{}
	for _, page := range pages {
		name := strings.TrimSuffix(filepath.Base(page), ".md")
		if name == "README" {
			continue
		}
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		found := example.FindStringSubmatch(string(text))
		if found == nil {
			t.Errorf("the page of %s has no example", name)
			continue
		}
		plays += inPlay(name, found[1])
		for _, v := range regexp.MustCompile(`var\.(\w+)`).FindAllStringSubmatch(found[1], -1) {
			declared[v[1]] = true
		}
	}
	for v := range declared {
		plays += fmt.Sprintf("variable %q {\n  default = null\n}\n", v)
	}
	file := filepath.Join(dir, "examples.hcl")
	if err := os.WriteFile(file, []byte(plays), 0o644); err != nil {
		t.Fatal(err)
	}
	out, _ := muster(dir, "validate", file)
	for _, found := range regexp.MustCompile(`Error\[(E\d+)\]`).FindAllStringSubmatch(out, -1) {
		if found[1] != "E0101" { // a file cannot be read
			t.Errorf("%s\n%s", out, plays)
			break
		}
	}
	if !strings.Contains(out, "E0101") {
		t.Errorf("examples name files, and none is missed: were they read at all?\n%s", out)
	}
}

// What a page of the repository refers to is there.
func TestLinksOfPages(t *testing.T) {
	root := filepath.Join("..", "..")
	link := regexp.MustCompile(`\]\(([^)#\s]+)`)
	pages := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() != ".." && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case filepath.Ext(path) != ".md":
			return nil
		}
		pages++
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, to := range link.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(to[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), to[1])); err != nil {
				t.Errorf("%s refers to %s: %v", path, to[1], err)
			}
		}
		return nil
	})
	if err != nil || pages < 10 {
		t.Errorf("%d pages, %v", pages, err)
	}
}

// inPlay puts an example into a play: a task or handler as it is, a health block into a handler's rollout.
func inPlay(name, example string) string {
	switch {
	case strings.HasPrefix(example, "health"):
		example = fmt.Sprintf("handler \"restart\" \"restart\" {\n  rollout {\n%s\n  }\n}\n", example)
	case !strings.HasPrefix(example, "handler"):
		example += "handler \"restart\" \"restart\" {}\n"
	}
	return fmt.Sprintf("play %q {\n  hosts = \"all\"\n%s\n}\n", name, example)
}
