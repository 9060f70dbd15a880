package playbook

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/engine/diag"
)

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestLoadDirectory: files are merged in the order of their names, and positions count on.
func TestLoadDirectory(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "b.hcl", "play \"b\" {\n  hosts = \"xsp\"\n  task \"note\" \"x\" {}\n}\n")
	write(t, dir, "a.hcl", "play \"a\" {\n  hosts = \"xsp\"\n  task \"note\" \"x\" {}\n  parallel {\n    task \"note\" \"y\" {}\n  }\n  parallel {\n    task \"note\" \"z\" {}\n  }\n}\n")
	write(t, dir, ".hidden.hcl", "nonsense")
	write(t, dir, "notes.txt", "nonsense")
	pb, ds := Load(dir)
	if len(ds) > 0 {
		t.Fatal(render(ds))
	}
	var got []string
	for _, p := range pb.Plays {
		for _, task := range p.Tasks {
			got = append(got, task.Block().String()+strings.Repeat("+", task.Order)+strings.Repeat("|", task.Parallel))
		}
	}
	want := []string{"a.task.x+", "a.task.y++|", "a.task.z+++||", "b.task.x++++"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(pb.Sources) != 2 || pb.Dir != dir {
		t.Errorf("sources %d, dir %s", len(pb.Sources), pb.Dir)
	}
}

func TestLoadUnreadable(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "cti.hcl", "")
	write(t, dir, "large.hcl", strings.Repeat("# x\n", 1<<19))
	write(t, dir, "latin.hcl", "# gr\xfc\xdfe\n")
	tests := map[string]struct{ path, code, advice string }{
		"missing":   {"cit.hcl", diag.FileUnreadable, "Did you mean"},
		"nowhere":   {"x/y/z.hcl", diag.FileUnreadable, "Check the path."},
		"too large": {"large.hcl", diag.FileTooLarge, ""},
		"no text":   {"latin.hcl", diag.FileNotText, ""},
		"no files":  {"empty", diag.NoFiles, "Name the file"},
	}
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			pb, ds := Load(filepath.Join(dir, tt.path))
			if pb == nil || len(ds) != 1 || ds[0].Code != tt.code || !strings.Contains(ds[0].Advice, tt.advice) {
				t.Errorf("got %s", render(ds))
			}
		})
	}
}

func TestLoadAccepts(t *testing.T) {
	text := "# comment\r\nplay \"p\" {\r\n  hosts = \"xsp\"\r\n  task \"note\" \"a\" {\r\n    text = <<-EOT\r\n    {{ kept }}\r\n    EOT\r\n  }\r\n}\r\n"
	for name, src := range map[string]string{"crlf": text, "bom": "\xef\xbb\xbf" + strings.ReplaceAll(text, "\r", "")} {
		t.Run(name, func(t *testing.T) {
			pb, ds := Load(write(t, t.TempDir(), "p.hcl", src))
			if ds.HasErrors() || len(pb.Plays) != 1 || len(pb.Plays[0].Tasks) != 1 {
				t.Error(render(ds))
			}
		})
	}
}

func TestRequiresAllows(t *testing.T) {
	tests := map[string]struct {
		constraint, running string
		ok                  bool
	}{
		"none":        {"", "1.2.3", true},
		"fits":        {"~> 1.2", "1.9.0", true},
		"too old":     {">= 2.0", "1.9.0", false},
		"prerelease":  {">= 1.2", "1.2.0-rc1", true},
		"from source": {">= 2.0", "devel", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := &Requires{Muster: tt.constraint}
			if got := !r.Allows(tt.running).HasErrors(); got != tt.ok {
				t.Errorf("allowed: %v", got)
			}
		})
	}
	if ds := (*Requires)(nil).Allows("1.0.0"); ds != nil {
		t.Error(render(ds))
	}
}

func FuzzLoad(f *testing.F) {
	files, err := filepath.Glob("testdata/bad/*.hcl")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range append(files, "../../playbooks/webex-cti.hcl") {
		src, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		pb, ds := Load(write(t, t.TempDir(), "p.hcl", string(src)))
		if pb == nil {
			t.Fatal("nil playbook")
		}
		for _, d := range ds {
			if d.Code == "" || d.Summary == "" {
				t.Errorf("a part is missing: %+v", d)
			}
		}
		if !ds.HasErrors() && len(pb.Plays) == 0 {
			t.Error("neither a play nor an error")
		}
	})
}
