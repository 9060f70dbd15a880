package catalog_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/muster-run/muster/plugins/catalog"
)

func TestBadStarts(t *testing.T) {
	for mode, want := range map[string]string{
		"exit":            "no \\u001b[31mconfiguration",
		"silent exit":     "Failed to read any lines",
		"garbage":         "hello \\u001b]0;title\\u0007 there",
		"long line":       "Failed to read any lines",
		"binary":          `Unrecognized remote plugin message: \u0000\xff\xfe|`,
		"tcp":             `it wants to be reached by "tcp"`,
		"elsewhere":       "is not in the directory that it was given",
		"relative":        "is not in the directory that it was given",
		"regular file":    "is not a socket of this user",
		"net rpc":         `unsupported plugin protocol "netrpc"`,
		"version":         "incompatible API version",
		"hang":            "it was not ready within 300ms",
		"no answer":       "it was not ready within 300ms",
		"bad description": `module name "Not A Name"`,
		"other modules":   "does not offer the module probe",
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			limit := 60 * time.Second
			if strings.Contains(want, "300ms") {
				limit = 300 * time.Millisecond
			}
			c := open(t, catalog.Options{Bundled: []catalog.Bundled{self(mode)}, StartTimeout: limit})
			_, err := c.Module(t.Context(), "probe")
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v\nwant it to say %s", err, want)
			}
			if err != nil && strings.ContainsAny(err.Error(), "\x1b\x07\x00") {
				t.Errorf("the error would move the cursor: %q", err.Error())
			}
			if err != nil && len(err.Error()) > 1500 {
				t.Errorf("the error is %d bytes long", len(err.Error()))
			}
			if f := failure(t, err); f.Summary != "plugin self did not start" {
				t.Errorf("summary %q", f.Summary)
			}
		})
	}
}

func TestSurroundings(t *testing.T) {
	t.Setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
	t.Setenv("SSH_AUTH_SOCK", "/x")
	t.Setenv("LANG", "C.UTF-8")
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	fmt.Fprintln(out, "the operator's password")
	out.Close()
	stdin := os.Stdin
	os.Stdin = in
	defer func() { os.Stdin = stdin }()

	c, _ := single(t, "good")
	got, err := apply(t, module(t, c, "probe"), t.Context(), "surroundings", "")
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`env \[(.*?)\]`).FindStringSubmatch(got)[1]
	for _, name := range strings.Fields(names) {
		switch {
		case name == "LANG" || name == "LC_ALL" || name == "TZ" || name == "TMPDIR" || name == "MUSTER_PLUGIN":
		case strings.HasPrefix(name, "PLUGIN_"):
		default:
			t.Errorf("the plugin sees %s", name)
		}
	}
	if _, rest, _ := strings.Cut(got, "; "); rest != `stdin "" <nil>; tty false; 0 files in its directory; leads its group true` {
		t.Errorf("got %s", rest)
	}
}
