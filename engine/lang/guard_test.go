package lang

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/diag"
)

func TestParseAccepts(t *testing.T) {
	for name, src := range map[string]string{
		"empty": "", "large numbers": "a = 1e999 + 1E-05 + 9223372036854775808 + -0\n", "crlf": "a = 1\r\nb = 2\r\n", "no newline at the end": "a = 1", "bidi": "a = \"\u202e\"\n",
		"100 brackets":      "a = " + strings.Repeat("[", 100) + strings.Repeat("]", 100) + "\n",
		"a long list":       "a = [" + strings.Repeat("-1, !true, ", 20_000) + "]\n",
		"many lines":        strings.Repeat("b \"x\" {\n  a = x ? -1 : !y\n}\n", 5_000),
		"a long sum":        "a = 1" + strings.Repeat(" + 1", 400) + "\n",
		"a long text":       "a = \"" + strings.Repeat("${x} ", 5_000) + "\"\n",
		"an if in text":     "a = \"" + strings.Repeat("%{ if x }y%{ else }z%{ endif }", 2_000) + "\"\n",
		"an object":         "a = {\n" + strings.Repeat("  \"b\" = x ? y : z\n", 2_000) + "}\n",
		"a call":            "a = f(" + strings.Repeat("x ? y : z,\n", 500) + ")\n",
		"an attribute path": "a = x" + strings.Repeat(".y", 300) + "\n",
	} {
		if _, ds := ParseHCL("t.hcl", []byte(src)); len(ds) > 0 {
			t.Errorf("%s: %v", name, brief(ds))
		}
	}
}

func TestParseRefuses(t *testing.T) {
	deep := "E0105"
	for name, tt := range map[string]struct{ src, want string }{
		"exponent":               {"a = 1e999999\n", "E0201 1,5"},
		"digits":                 {"a = 1" + strings.Repeat("0", 300) + "\n", "E0201 1,5"},
		"NUL":                    {"a = 1\nb = \"\x00\"\n", "E0104 2,6"},
		"UTF-16":                 {"\xff\xfea\x00", "E0104 1,1"},
		"latin-1":                {"a = 1\nb = \"b\xfccher\"\n", "E0104 2,7"},
		"too large":              {"# " + strings.Repeat("x", MaxFile), "E0103 1,1"},
		"101 brackets":           {"a = " + strings.Repeat("[", 101) + strings.Repeat("]", 101) + "\n", deep},
		"parentheses":            {"a = " + strings.Repeat("(", 20_000), deep},
		"brackets":               {"a = " + strings.Repeat("[", 20_000), deep},
		"braces":                 {"a = " + strings.Repeat("{a=", 20_000), deep},
		"interpolation":          {"a = " + strings.Repeat("\"${", 20_000), deep},
		"calls":                  {"a = " + strings.Repeat("f(", 20_000), deep},
		"not":                    {"a = " + strings.Repeat("!", 20_000) + "x", deep},
		"minus":                  {"a = " + strings.Repeat("-", 20_000) + "1", deep},
		"not in lists":           {"a = " + strings.Repeat("!!!!!!!!!!!!!!!!!!!![x, ", 100), deep},
		"conditionals":           {"a = " + strings.Repeat("x ? ", 1_000) + "1", deep},
		"else":                   {"a = " + strings.Repeat("x ? y : ", 1_000) + "1", deep},
		"blocks":                 {strings.Repeat("b {\n", 10_000), deep},
		"blocks, one line":       {strings.Repeat("b { ", 10_000), deep},
		"if in text":             {"a = \"" + strings.Repeat("%{ if x }", 1_000), deep},
		"for in text":            {"a = <<E\n" + strings.Repeat("%{ for x in y }", 1_000) + "\nE\n", deep},
		"sum":                    {"a = 1" + strings.Repeat("+1", 20_000), deep},
		"indexes":                {"a = x" + strings.Repeat("[y]", 20_000), deep},
		"splats":                 {"a = x" + strings.Repeat("[*]", 20_000), deep},
		"legacy splats":          {"a = x" + strings.Repeat(".*", 20_000), deep},
		"syntax":                 {"a = [1\nb = 2\n", "E0201 2,1"},
		"braces of another tool": {"a = {{ x }}\n", "E0216 1,5"},
		"heredoc":                {"a = <<EOT\nx\n", "E0201 3,1"},
	} {
		t.Run(name, func(t *testing.T) {
			f, ds := ParseHCL("t.hcl", []byte(tt.src))
			if f != nil || len(ds) == 0 {
				t.Fatal("accepted")
			}
			complete(t, ds)
			if got := brief(ds)[0]; !strings.HasPrefix(got, tt.want) {
				t.Errorf("got %q, want %s", got, tt.want)
			}
		})
	}
}

func TestParseSkipsByteOrderMark(t *testing.T) {
	f, ds := ParseHCL("t.hcl", []byte("\ufeffa = nosuch\n"))
	if len(ds) != 1 || ds[0].Code != diag.ByteOrderMark || ds[0].Severity != diag.Note {
		t.Fatalf("got %v, want a note", brief(ds))
	}
	attrs, _ := f.Body.JustAttributes()
	if r := attrs["a"].Expr.Range(); string(r.SliceBytes(f.Bytes)) != "nosuch" {
		t.Errorf("ranges do not fit the bytes: %v", r)
	}
}

func TestParseFile(t *testing.T) {
	dir := write(t, "a.hcl", "a = 1\n", "big.hcl", strings.Repeat("#\n", MaxFile))
	if err := syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "a.hcl"): "", filepath.Join(dir, "b.hcl"): diag.FileUnreadable, dir: diag.FileNotRegular,
		filepath.Join(dir, "fifo"): diag.FileNotRegular, filepath.Join(dir, "big.hcl"): diag.FileTooLarge,
		"/dev/zero": diag.FileNotRegular, "/proc/self/environ": diag.FileNotRegular, "": diag.FileUnreadable, "a\x00b": diag.FileUnreadable,
	} {
		_, ds := ParseFile(path)
		complete(t, ds)
		if want == "" && len(ds) > 0 || want != "" && (len(ds) != 1 || ds[0].Code != want) {
			t.Errorf("%q: got %v, want %s", path, brief(ds), want)
		}
	}
	_, ds := ParseFile(filepath.Join(dir, "aa.hcl"))
	if ds[0].Advice != `Did you mean "a.hcl"?` {
		t.Errorf("advice %q", ds[0].Advice)
	}
}

// A missing certificate is not answered with the name of its key.
func TestNearbyFileIsOfTheSameKind(t *testing.T) {
	dir := write(t, "xsp01.key", "", "chain.pem", "")
	for name, want := range map[string]string{
		"xsp01.crt": "Check the path. In " + dir + " are: chain.pem, xsp01.key.",
		"xsp02.key": `Did you mean "xsp01.key"?`,
	} {
		if got := nearbyFile(filepath.Join(dir, name)); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if got, want := nearbyFile(filepath.Join(t.TempDir(), "a.crt")), "is empty"; !strings.Contains(got, want) {
		t.Errorf("%s, want %s", got, want)
	}
}

// FuzzParseHCL holds that whatever passes the guard can be parsed and evaluated by a stack of ordinary size.
func FuzzParseHCL(f *testing.F) {
	for _, s := range []string{"a = [1, 2]\n", "b \"x\" {\n  c = \"${d}\"\n}\n", "\ufeffa = <<-E\n x %{ if y }z%{ endif }\nE\n", "a = !-x ? {b = c} : d[*].e\n", "a = {{ x }}\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		file, ds := ParseHCL("t.hcl", src)
		complete(t, ds)
		if (file == nil) != ds.HasErrors() {
			t.Fatal("a file with errors, or none without")
		}
		if file == nil {
			return
		}
		attrs, _ := file.Body.JustAttributes()
		for _, a := range attrs {
			_, ds := Evaluate(a.Expr, nil)
			complete(t, ds)
		}
	})
}

// files of the confinement tests.
func confined(t *testing.T) (*Files, string) {
	t.Helper()
	dir := write(t, "play/a.txt", "inside", "play/sub/b.txt", "below", "secret.txt", "outside", "work/w.txt", "work", "play/bin", "\xff\xfe", "play/bom.txt", "\ufeffx")
	play := filepath.Join(dir, "play")
	for link, target := range map[string]string{"out": "../secret.txt", "in": "a.txt", "abs": filepath.Join(dir, "secret.txt"), "dirout": ".."} {
		if err := os.Symlink(target, filepath.Join(play, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(play, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	return &Files{Dir: play, WorkDir: filepath.Join(dir, "work")}, dir
}

func TestFilesOfThePlaybook(t *testing.T) {
	files, dir := confined(t)
	for path, want := range map[string]string{
		"a.txt": "inside", "./sub/../a.txt": "inside", "sub/b.txt": "below", "in": "inside", filepath.Join(dir, "play", "a.txt"): "inside",
		"../secret.txt": diag.PathEscapes, "sub/../../secret.txt": diag.PathEscapes, "out": diag.PathEscapes, "abs": diag.PathEscapes, "dirout/secret.txt": diag.PathEscapes,
		"/etc/passwd": diag.PathEscapes, "~/.ssh/id_rsa": diag.PathEscapes, filepath.Join(dir, "secret.txt"): diag.PathEscapes, "/proc/self/environ": diag.PathEscapes,
		"fifo": diag.FileNotRegular, "sub": diag.FileNotRegular, ".": diag.FileNotRegular, "nosuch": diag.FileUnreadable, "": diag.FileUnreadable, "a\x00": diag.FileUnreadable,
		"bin": diag.FileNotText,
	} {
		text, err := files.ReadFile(cty.StringVal(path))
		if got := textOrCode(text, err); got != want {
			t.Errorf("%q: got %q, want %q", path, got, want)
		}
	}
}

func TestFilesOfTheOperator(t *testing.T) {
	files, dir := confined(t)
	t.Setenv("HOME", dir)
	for path, want := range map[string]string{
		"w.txt": "work", "../secret.txt": "outside", filepath.Join(dir, "secret.txt"): "outside", "~/secret.txt": "outside", "../play/out": "outside",
		"a.txt": diag.FileUnreadable, "../play/fifo": diag.FileNotRegular, "/proc/self/environ": diag.FileNotRegular, "/dev/null": diag.FileNotRegular,
	} {
		text, err := files.ReadFile(cty.StringVal(path).Mark(Operator))
		if got := textOrCode(text, err); got != want {
			t.Errorf("%q: got %q, want %q", path, got, want)
		}
	}
}

// TestFilesReadOnce: all nodes of a run see one content.
func TestFilesReadOnce(t *testing.T) {
	dir := write(t, "a", "one")
	files := &Files{Dir: dir}
	first, _ := files.ReadFile(cty.StringVal("a"))
	if err := os.WriteFile(filepath.Join(dir, "a"), []byte("two"), 0o600); err != nil {
		t.Fatal(err)
	}
	second, err := files.ReadFile(cty.StringVal("./a"))
	if diff := cmp.Diff(first, second); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func textOrCode(text string, err error) string {
	if err != nil {
		return diag.FromError(err, nil, "", "", "").Code
	}
	return text
}
