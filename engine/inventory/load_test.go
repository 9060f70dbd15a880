package inventory

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/engine/diag"
)

// prod is the inventory of docs/language.md.
const prod = `
defaults {
  user        = "bwadmin"
  port        = 22
  ssh_key     = "~/.ssh/bw_ed25519"
  known_hosts = "known_hosts"
}

group "xsp" {
  hosts = ["xsp[01:24].fra.example.net", "xsp[01:24].muc.example.net"]
}

group "as" {
  hosts = ["as[1:2].fra.example.net"]
}

group "fra" {
  match = "*.fra.*"
  data  = { site = "fra" }
}

group "maintenance" {
  hosts = []
}

host "xsp07.muc.example.net" {
  address = "10.8.4.7"
  data    = { site = "muc", bwcli_password = secret("prompt", "bwcli") }
}
`

// load writes files (name, content, name, content, …) to a directory and loads it.
func load(t testing.TB, files ...string) (*Inventory, diag.Diagnostics) {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		if err := os.WriteFile(filepath.Join(dir, files[i]), []byte(files[i+1]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	return Load([]string{"."})
}

func mustLoad(t testing.TB, files ...string) *Inventory {
	t.Helper()
	inv, ds := load(t, files...)
	if len(ds) > 0 {
		t.Fatalf("unexpected diagnostics: %v", brief(ds))
	}
	return inv
}

// brief is code, line and summary of each diagnostic.
func brief(ds diag.Diagnostics) []string {
	var out []string
	for _, d := range ds {
		line := 0
		if d.Subject != nil {
			line = d.Subject.Start.Line
		}
		out = append(out, fmt.Sprintf("%s:%d %s", d.Code, line, d.Summary))
	}
	return out
}

func TestLoadExample(t *testing.T) {
	inv := mustLoad(t, "prod.hcl", prod)
	if got := len(inv.Hosts); got != 50 {
		t.Fatalf("got %d hosts, want 50", got)
	}
	h := inv.Host("xsp07.muc.example.net")
	if h.Address != "10.8.4.7" || h.Port != 22 || h.User != "bwadmin" || h.Data["site"].AsString() != "muc" {
		t.Errorf("host block is not merged: %+v", h)
	}
	home, _ := os.UserHomeDir()
	cwd, _ := os.Getwd()
	if h.SSHKey != filepath.Join(home, ".ssh/bw_ed25519") || h.KnownHosts != filepath.Join(cwd, "known_hosts") {
		t.Errorf("paths: key %q, known_hosts %q", h.SSHKey, h.KnownHosts)
	}
	fra := inv.Host("xsp01.fra.example.net")
	if diff := cmp.Diff([]string{"xsp", "fra"}, fra.Groups); diff != "" {
		t.Error(diff)
	}
	if fra.Data["site"].AsString() != "fra" || fra.DataRange["site"].Start.Line != 19 {
		t.Errorf("site of a matched group: %#v at %v", fra.Data["site"], fra.DataRange["site"])
	}
	if len(inv.Groups[2].Hosts) != 26 {
		t.Errorf("group fra has %d hosts, want 26", len(inv.Groups[2].Hosts))
	}
}

func TestPrecedence(t *testing.T) {
	inv := mustLoad(t, "a.hcl", `
defaults {
  port = 22
  data = { a = "defaults", b = "defaults", c = "defaults", d = "defaults" }
}
group "all_xsp" {
  hosts = ["x[1:4]"]
  data  = { b = "outer", c = "outer", d = "outer" }
}
group "some_xsp" {
  hosts = ["x[1:2]"]
  port  = 2222
  data  = { c = "inner", d = "inner" }
}
`, "b.hcl", `
host "x1" {
  data = { d = "host" }
}
`)
	for name, want := range map[string]string{
		"x1": "defaults outer inner host 2222", "x2": "defaults outer inner inner 2222", "x3": "defaults outer outer outer 22",
	} {
		h := inv.Host(name)
		got := fmt.Sprint(h.Data["a"].AsString(), " ", h.Data["b"].AsString(), " ", h.Data["c"].AsString(), " ", h.Data["d"].AsString(), " ", h.Port)
		if got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	for name, tt := range map[string]struct{ src, want string }{
		"playbook":           {"play \"x\" {\n}\n", "E0210:1 this is a playbook, not an inventory"},
		"unknown block":      {"grup \"x\" {\n}\n", `E0202:1 unknown block "grup"`},
		"unknown argument":   {"group \"x\" {\n hosts = [\"a\"]\n usr = \"b\"\n}\n", `E0203:3 unknown argument "usr" in a group`},
		"ansible word":       {"host \"x\" {\n ansible_host = \"a\"\n}\n", `E0203:2 unknown argument "ansible_host" in a host`},
		"no hosts":           {"defaults {\n}\n", "E0509:0 the inventory holds no host"},
		"group without":      {"group \"x\" {\n}\n", `E0204:1 group "x" names no hosts`},
		"group twice":        {"group \"x\" {\n hosts=[\"a\"]\n}\ngroup \"x\" {\n hosts=[\"b\"]\n}\n", `E0207:4 group "x" stands twice`},
		"host twice":         {"host \"x\" {\n}\nhost \"x\" {\n}\n", `E0501:3 host "x" has two blocks`},
		"host twice in list": {"group \"g\" {\n hosts=[\"x[1:3]\",\n \"x2\"]\n}\n", `E0501:3 host "x2" stands twice in group "g"`},
		"case":               {"host \"x\" {\n}\nhost \"X\" {\n}\n", `E0501:3 hosts "x" and "X" differ only in case`},
		"address twice":      {"host \"x\" {\n address=\"10.0.0.1\"\n}\nhost \"y\" {\n address=\"10.0.0.1\"\n}\n", `E0502:4 hosts "x" and "y" have one address`},
		"host is group":      {"group \"x\" {\n hosts=[\"x\"]\n}\n", `E0207:2 "x" is a host and a group`},
		"group all":          {"group \"all\" {\n hosts=[\"x\"]\n}\n", `E0208:1 "all" cannot be a group's name`},
		"port 0":             {"host \"x\" {\n port=0\n}\n", "E0507:2 the number cannot be used"},
		"port 65536":         {"host \"x\" {\n port=65536\n}\n", "E0507:2 the number cannot be used"},
		"port text":          {"host \"x\" {\n port=\"ssh\"\n}\n", "E0507:2 the value has the wrong type"},
		"name with hyphen":   {"group \"g\" {\n hosts=[\"-oProxyCommand=x\"]\n}\n", `E0503:2 "-oProxyCommand=x" cannot be a host's name`},
		"name with shell":    {"group \"g\" {\n hosts=[\"a$(id)\"]\n}\n", `E0503:2 "a$(id)" cannot be a host's name`},
		"name with newline":  {"group \"g\" {\n hosts=[\"a\\nb\"]\n}\n", `E0503:2 "a\nb" cannot be a host's name`},
		"name in IDN":        {"host \"bücher.example\" {\n}\n", `E0503:1 "bücher.example" cannot be a host's name`},
		"range in a host":    {"host \"x[1:2]\" {\n}\n", `E0503:1 "x[1:2]" cannot be a host's name`},
		"address with port":  {"host \"x\" {\n address=\"10.0.0.1:22\"\n}\n", `E0503:2 "10.0.0.1:22" cannot be an address`},
		"IPv6 in brackets":   {"host \"x\" {\n address=\"[::1]\"\n}\n", `E0503:2 "[::1]" cannot be an address`},
		"user with space":    {"host \"x\" {\n user=\"a b\"\n}\n", `E0508:2 "a b" cannot be a user's name`},
		"user as flag":       {"host \"x\" {\n user=\"-l\"\n}\n", `E0508:2 "-l" cannot be a user's name`},
		"range bomb":         {"group \"g\" {\n hosts=[\"x[1:999][1:999]\"]\n}\n", `E0505:2 "x[1:999][1:999]" stands for too many hosts`},
		"match nobody":       {"group \"g\" {\n hosts=[\"x\"]\n}\ngroup \"h\" {\n match=\"y*\"\n}\n", `E0110:5 no host matches "y*"`},
		"data no map":        {"host \"x\" {\n data=\"a\"\n}\n", "E0205:2 data is not a map"},
		"data as block":      {"host \"x\" {\n data {\n }\n}\n", `E0202:2 unknown block "data" in a host`},
		"jump":               {"host \"x\" {\n jump=\"y\"\n}\n", "E0209:2 jump hosts are not in this version"},
		"file out of dir":    {"host \"x\" {\n data={ a = file(\"../../etc/passwd\") }\n}\n", `E0106:2 "../../etc/passwd" leads out of the playbook's directory`},
		"conflict": {"group \"a\" {\n hosts=[\"x\",\"y\"]\n port=1\n}\ngroup \"b\" {\n hosts=[\"y\",\"z\"]\n port=2\n}\n",
			`E0506:7 groups "a" and "b" set port differently`},
	} {
		t.Run(name, func(t *testing.T) {
			_, ds := load(t, "i.hcl", tt.src)
			if diff := cmp.Diff([]string{tt.want}, brief(ds)); diff != "" {
				t.Error(diff)
			}
			for _, d := range ds {
				if d.Advice == "" {
					t.Errorf("%s has no advice", d.Summary)
				}
			}
		})
	}
}

func TestSameValueIsNoConflict(t *testing.T) {
	inv := mustLoad(t, "i.hcl", "group \"a\" {\n hosts=[\"x\",\"y\"]\n port=1\n}\ngroup \"b\" {\n hosts=[\"y\",\"z\"]\n port=1\n}\n")
	if inv.Host("y").Port != 1 {
		t.Error("port of y is", inv.Host("y").Port)
	}
}

func TestLoadPaths(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("hosts.ini", []byte("[x]\na\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"nosuch.hcl": diag.FileUnreadable, ".": diag.NoFiles, "hosts.ini": diag.NotInThisVersion} {
		_, ds := Load([]string{path})
		if len(ds) != 1 || ds[0].Code != want {
			t.Errorf("%s: got %v, want %s", path, brief(ds), want)
		}
	}
}

func TestExpand(t *testing.T) {
	for in, want := range map[string]string{
		"x": "x", "x[1:3]": "x1 x2 x3", "x[08:10]y": "x08y x09y x10y", "[a:c]": "a b c", "x[1:5:2]": "x1 x3 x5", "[1:2]-[a:b]": "1-a 1-b 2-a 2-b",
		"x[9:11]": "x9 x10 x11", "x[A:B]": "xA xB",
	} {
		got, err := expand(in)
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("expand(%q) = %v, %v; want %s", in, got, err, want)
		}
	}
	for _, in := range []string{"x[", "x]", "x[]", "x[1]", "x[1:", "x[3:1]", "x[1:a]", "x[a:C]", "x[01:100]", "x[1:5:0]", "x[1:5:-1]", "x[1:2:3:4]", "x[[1:2]]", "x[1:9999999999]"} {
		if got, err := expand(in); err == nil {
			t.Errorf("expand(%q) = %v, want an error", in, got)
		}
	}
}

func FuzzExpand(f *testing.F) {
	for _, s := range []string{"x[01:24].fra", "[a:f]", "x[01:50:2]", "[1:2][3:4]", "x[", "]["} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		names, err := expand(s)
		if err == nil && (len(names) == 0 || len(names) > MaxHosts) {
			t.Fatalf("expand(%q) gives %d names", s, len(names))
		}
		seen := map[string]bool{}
		if _, spans, _ := parseRanges(s); len(spans) == 1 {
			for _, n := range names {
				if seen[n] {
					t.Fatalf("expand(%q) gives %q twice", s, n)
				}
				seen[n] = true
			}
		}
	})
}

func BenchmarkLoad10000(b *testing.B) {
	dir := b.TempDir()
	path := filepath.Join(dir, "i.hcl")
	src := prod + "group \"big\" {\n hosts = [\"h[0001:9950]\"]\n}\ngroup \"odd\" {\n match = \"*1\"\n data = { odd = true }\n}\n"
	if err := os.WriteFile(path, []byte(src), 0o600); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		inv, ds := Load([]string{path})
		if len(ds) > 0 || len(inv.Hosts) != 10_000 {
			b.Fatal(brief(ds), len(inv.Hosts))
		}
	}
}
