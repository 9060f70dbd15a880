package catalog_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/plugins/catalog"
)

// install puts this test binary into a directory as a plugin; TestMain serves by that name.
func install(t *testing.T, dir, name string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "muster-plugin-"+name)
	if os.Link(self, path) == nil {
		return path
	}
	in, err := os.Open(self)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// private is a directory that only this user can write, whatever the umask is.
func private(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestPluginsOfDirectories(t *testing.T) {
	first, second, user := private(t), private(t), filepath.Join(private(t), "missing")
	install(t, first, "one")
	install(t, second, "one")
	install(t, second, "two")
	install(t, second, "Bad-Name")
	install(t, second, "self")
	if err := os.WriteFile(filepath.Join(second, "README"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	l := &lines{}
	c := open(t, catalog.Options{Bundled: []catalog.Bundled{self("good")}, Dirs: []string{first, second}, UserDir: user, Log: l.add})

	if d := cmp.Diff([]string{"plain", "probe"}, c.Names()); d != "" {
		t.Errorf("names before anything was started: %s", d)
	}
	for ref, want := range map[string]string{
		"plain":        "", // bundled modules cannot be shadowed
		"self.plain":   "",
		"one.plain":    "",
		"two.twosome":  "",
		"shared":       `module "shared" is offered by more than one plugin; write one.shared or two.shared`,
		"nothing":      `unknown module "nothing"`,
		"two.nothing":  `unknown module "two.nothing": plugin two offers twosome, shared`,
		"three.plain":  `unknown module "three.plain": there is no plugin "three"; known plugins: self, one, Bad-Name, two`,
		"Bad-Name.x":   "a plugin's name has lower-case letters, digits and _ only",
		"../one.plain": "unknown module",
	} {
		m, err := c.Module(t.Context(), ref)
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", ref, err)
		case want == "" && !strings.HasSuffix(ref, m.Describe().Name):
			t.Errorf("%s: got %s", ref, m.Describe().Name)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: got %v, want %s", ref, err, want)
		case strings.HasPrefix(want, "unknown") && !errors.Is(err, catalog.ErrUnknownModule):
			t.Errorf("%s: %v is not ErrUnknownModule", ref, err)
		}
	}
	if !strings.Contains(l.all(), "muster-plugin-self is ignored") {
		t.Errorf("log: %s", l.all())
	}
	all, err := c.Describe(t.Context())
	if err == nil || !strings.Contains(err.Error(), "Bad-Name") {
		t.Errorf("describe: %v", err)
	}
	var got []string
	for _, e := range all {
		got = append(got, e.Plugin+"."+e.Description.Name)
	}
	if d := cmp.Diff([]string{"self.plain", "one.plain", "self.probe", "self.share", "one.shared", "two.shared", "two.twosome"}, got); d != "" {
		t.Error(d)
	}
	if all[1].Path != filepath.Join(first, "muster-plugin-one") || all[1].Bundled || !all[0].Bundled {
		t.Errorf("the first directory wins: %+v", all[1])
	}
}

func TestWhatMayNotBeStarted(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil func(t *testing.T, dir, path string)
		want  string
	}{
		"file written by others": {func(t *testing.T, _, path string) {
			replace(t, path, 0o757)
		}, "can be written by others: chmod go-w"},
		"file written by the group": {func(t *testing.T, _, path string) {
			replace(t, path, 0o775)
		}, "can be written by others: chmod go-w"},
		"not executable": {func(t *testing.T, _, path string) {
			replace(t, path, 0o644)
		}, "is not executable: chmod +x"},
		"directory written by others": {func(t *testing.T, dir, _ string) {
			must(t, os.Chmod(dir, 0o777))
		}, "can be written by others"},
		"a parent written by others": {func(t *testing.T, dir, _ string) {
			must(t, os.Chmod(filepath.Dir(dir), 0o777))
		}, "can be written by others"},
		"a link out of the directory": {func(t *testing.T, dir, path string) {
			away := filepath.Join(filepath.Dir(dir), "away")
			must(t, os.Rename(path, away))
			must(t, os.Symlink(away, path))
		}, "is a link that leads out of its directory"},
		"a link to nothing": {func(t *testing.T, _, path string) {
			must(t, os.Remove(path))
			must(t, os.Symlink("nowhere", path))
		}, "no such file"},
		"a directory": {func(t *testing.T, _, path string) {
			must(t, os.Remove(path))
			must(t, os.Mkdir(path, 0o755))
		}, "is no regular file"},
		"no program": {func(t *testing.T, _, path string) {
			must(t, os.Remove(path))
			must(t, os.WriteFile(path, []byte("text"), 0o755))
		}, "exec format error"},
	} {
		t.Run(name, func(t *testing.T) {
			// Not below t.TempDir, whose first directory nobody else can enter: what is below it is safe.
			top, err := os.MkdirTemp("", "muster")
			must(t, err)
			t.Cleanup(func() { os.RemoveAll(top) })
			must(t, os.Chmod(top, 0o755))
			dir := filepath.Join(top, "plugins")
			must(t, os.Mkdir(dir, 0o755))
			must(t, os.Chmod(dir, 0o755))
			tt.spoil(t, dir, install(t, dir, "one"))
			c := open(t, catalog.Options{Dirs: []string{dir}})
			_, err = c.Module(t.Context(), "one.plain")
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if _, err := c.Module(t.Context(), "plain"); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("by its bare name: got %v, want %s", err, tt.want)
			}
		})
	}
}

// replace writes a script in a plugin's place, so that the mode of the test binary, which may be linked here, stays.
func replace(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	must(t, os.Remove(path))
	must(t, os.WriteFile(path, []byte("#!/bin/sh\n"), 0o600))
	must(t, os.Chmod(path, mode))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestDirectoriesThatAreMissing(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "x")
	if _, err := catalog.New(catalog.Options{Dirs: []string{missing}}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a directory that was asked for: %v", err)
	}
	if _, err := catalog.New(catalog.Options{UserDir: missing}); err != nil {
		t.Errorf("the user's own: %v", err)
	}
	if _, err := catalog.New(catalog.Options{Bundled: []catalog.Bundled{{Name: "../x"}}}); err == nil {
		t.Error("a bundled plugin may be called ../x")
	}
}

func TestUserDir(t *testing.T) {
	t.Setenv("HOME", "/home/u")
	t.Setenv("XDG_DATA_HOME", "")
	if got := catalog.UserDir(); got != "/home/u/.local/share/muster/plugins" {
		t.Error(got)
	}
	t.Setenv("XDG_DATA_HOME", "/data")
	if got := catalog.UserDir(); got != "/data/muster/plugins" {
		t.Error(got)
	}
	t.Setenv("XDG_DATA_HOME", "relative")
	if got := catalog.UserDir(); got != "/home/u/.local/share/muster/plugins" {
		t.Error(got)
	}
}
