//go:build linux

package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

// TestCanary runs a whole playbook through everything that goes wrong, and at last well, and searches each time every byte
// that left muster's own process for what is secret: outputs, arguments and environments of processes, what modules are
// given, the plugins' memory, the control machine's files and those of all hosts.
func TestCanary(t *testing.T) {
	c := newCanary(t, 2, "webex-cti.hcl", carelessPlays)
	xsp, as := c.fleet.Host(troubled), c.fleet.Host("as1.fra.example.net")
	key := c.privateLine(t, xsp.Name()+".key")

	// A server that repeats what it was given, in what it refuses.
	xsp.Fault(bwsim.Fault{Kind: bwsim.Refuse, Match: "sslUpdate", Text: "[Error] not a key: " + key + "\nUnable to read \"" + key + "\""})
	as.Fault(bwsim.Fault{Kind: bwsim.Refuse, Match: "login", Text: "Invalid password: " + canaryPassword})
	c.fails(t, c.apply(t, "refusal", "--var", "do=fail"))
	as.ClearFaults()
	xsp.ClearFaults()

	c.broken = troubled                                        // in this run and the next, nobody could take the key away
	xsp.Fault(bwsim.Fault{Kind: bwsim.CutUpload, Bytes: 1500}) // only the key's file is as long
	c.fails(t, c.apply(t, "cut upload", "--var", "do=panic", "--progress", "json"))
	xsp.ClearFaults()

	xsp.Fault(bwsim.Fault{Kind: bwsim.Drop, Match: "sslUpdate"})
	c.fails(t, c.apply(t, "dropped connection", "--var", "do=exit", "--json"))
	xsp.ClearFaults()

	c.broken = ""                                             // and this one does
	xsp.Fault(bwsim.Fault{Kind: bwsim.DiskFull, Bytes: 1200}) // enough for the lease
	c.fails(t, c.apply(t, "full disk"))
	xsp.ClearFaults()

	xsp.Fault(bwsim.Fault{Kind: bwsim.Hang, Match: "sslUpdate"})
	r := c.apply(t, "dead plugin", "--json")
	c.await(t, r, xsp.Name(), "sslUpdate")
	r.kill(t, "broadworks")
	c.broken = troubled
	c.fails(t, r)
	c.broken = ""
	xsp.ClearFaults()

	r = c.apply(t, "success")
	if !c.meet(r, func() { c.lookAtPlugins(t, r, map[string]bool{"broadworks": false, "core": true, "witness": true}) }) {
		t.Error("the run ended before its last task")
	}
	if exit := c.end(t, r); exit != 0 {
		t.Errorf("success: exit %d", exit)
	}
	for _, args := range [][]string{
		{"plan", "site.hcl", "-i", "lab/inventory.hcl", "--var-file", "vars.hcl", "--plugin-dir", "plugins", "--json", "-vv"},
		{"plan", "site.hcl", "-i", "lab/inventory.hcl", "--var-file", "vars.hcl", "--plugin-dir", "plugins", "-o", "site.plan"},
		{"plan", "show", "site.plan", "--json"},
		{"history", "--json"}, {"show", "--json"}, {"show", "-v"}, {"logs"}, {"output", "--json"}, {"status", "--json"},
		{"export", "--junit", "-", "--json", "-"}, {"export", "1", "--junit", "-", "--json", "-"}, {"logs", "2"},
		{"graph", "site.hcl", "-i", "lab/inventory.hcl", "--var-file", "vars.hcl", "--plugin-dir", "plugins"},
		{"inventory", "list", "-i", "lab/inventory.hcl"},
	} {
		if exit := c.end(t, c.start(t, args[0], args...)); exit != 0 {
			t.Errorf("%s: exit %d", args[0], exit)
		}
	}
	c.lookIntoPlan(t)
}

// lookIntoPlan searches what a saved plan holds compressed.
func (c *canary) lookIntoPlan(t *testing.T) {
	t.Helper()
	file, err := os.ReadFile(filepath.Join(c.root, "site.plan"))
	if err != nil {
		t.Fatal(err)
	}
	_, packed, _ := bytes.Cut(file, []byte("\n"))
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(z)
	if err != nil || !bytes.Contains(body, []byte(troubled)) {
		t.Fatalf("the plan cannot be read, or does not say anything of %s: %v", troubled, err)
	}
	c.all.look("the saved plan", body)
	for _, hit := range c.all.found() {
		t.Errorf("leaked: %s", hit)
	}
}

// fails ends a run that is to fail on some hosts.
func (c *canary) fails(t *testing.T, r *canaryRun) {
	t.Helper()
	if exit := c.end(t, r); exit != 3 && exit != 5 {
		t.Errorf("%s: exit %d, want 3 or 5", r.name, exit)
	}
}

// privateLine is a line of a key file that is wholly private.
func (c *canary) privateLine(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(c.lab, "certs", name))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	line := lines[len(lines)/2+3]
	c.all.look("", []byte(line))
	if len(c.all.found()) == 0 {
		t.Fatal("the line of the key that the test plants is none that the scanner looks for")
	}
	return line
}

// await returns when a host was given a command.
func (c *canary) await(t *testing.T, r *canaryRun, host, command string) {
	t.Helper()
	seen := len(c.fleet.Record())
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if slices.ContainsFunc(c.fleet.Record()[seen:], func(e bwsim.Event) bool {
			return e.Host == host && e.Kind == bwsim.Command && strings.Contains(e.Text, command)
		}) {
			return
		}
		select {
		case <-tick.C:
		case <-r.exited:
			t.Errorf("%s: %s was never given %s", r.name, host, command)
			return
		case <-ctx.Done():
			t.Fatalf("%s: %s was not given %s within a minute", r.name, host, command)
		}
	}
}

// lookAtPlugins searches the memory of plugins for what none may have. token says which of them were given the token, which
// proves that the search finds something.
func (c *canary) lookAtPlugins(t *testing.T, r *canaryRun, token map[string]bool) {
	t.Helper()
	if raced {
		return
	}
	seen := newScanner()
	seen.secret("the token", canaryToken)
	for plugin, has := range token {
		place := "memory of plugin " + plugin
		if lookAtMemory(c.handles, place, r.plugin(plugin)) == 0 {
			t.Errorf("%s: could not be read", place)
		}
		lookAtMemory(seen, place, r.plugin(plugin))
		if found := seen.found(); (len(found) > 0) != has {
			t.Errorf("%s: the token is there: %t, want %t", place, len(found) > 0, has)
		}
	}
}

// TestCanaryMistakes has the token where it does not belong, or in another shape: told without it.
func TestCanaryMistakes(t *testing.T) {
	c := newCanary(t, 2, "webex-cti.hcl", carelessPlays)
	variable := "variable \"token\" {\n  type      = string\n  sensitive = true\n}\n\n"
	for _, m := range []struct {
		name, module string
		args         []string
		exit         int
	}{
		{"misspelt argument", "client_identity", []string{`nam = var.token`}, 1},
		{"wrong type", "cti_interface", []string{`port = var.token`}, 1},
		{"not to be typed", "client_identity", []string{`name = "${var.token};\n"`}, 1},
		{"bad expression", "client_identity", []string{`name = tonumber(var.token)`}, 1},
		{"key of a map", "client_identity", []string{`name = { a = "b" }[var.token]`}, 1},
		{"choice", "trust_anchor", []string{`interface = var.token`, `alias = "a"`, `pem = "b"`}, 1},
		{"condition", "assert", []string{`condition = var.token == ""`, `error_message = "it is ${var.token}"`}, 3},
		{"no such choice", "cti_interface", []string{`port = 8012`, `require_protocols = [var.token]`}, 1},
		{"no such file", "copy", []string{`path = "/tmp/x"`, `file = var.token`}, 1},
		{"no such template", "copy", []string{`path = "/tmp/x"`, `content = templatefile(var.token, {})`}, 1},
		{"no duration", "client_identity", []string{`name = "x"`, "run {", "timeout = var.token", "}"}, 1},
		{"pattern", "client_identity", []string{`name = "x"`, "}", "}", `play "q" {`, "hosts = var.token", `task "client_identity" "y" {`, `name = "y"`}, 1},
		{"check", "client_identity", []string{`name = "x"`, "}", `check "c" {`, `condition = var.token == ""`, `error_message = "it is ${var.token}"`}, 3},
		{"for_each", "client_identity", []string{`for_each = toset([var.token])`, `name = each.key`}, 1},
		{"in other shapes", "copy", []string{`path = "/tmp/x"`, `content = jsonencode({ t = base64encode(var.token), u = urlencode(var.token), v = var.token })`, `mode = "0644"`}, 0},
	} {
		play := fmt.Sprintf("play \"p\" {\n  hosts = \"as\"\n  task %q \"x\" {\n    %s\n  }\n}\n", m.module, strings.Join(m.args, "\n    "))
		if err := os.WriteFile(filepath.Join(c.root, "mistake.hcl"), []byte(variable+play), 0o600); err != nil {
			t.Fatal(err)
		}
		r := c.start(t, m.name, "plan", "mistake.hcl", "-i", "lab/inventory.hcl", "--var-file", "token.hcl", "-vv")
		if exit := c.end(t, r); exit != m.exit {
			t.Errorf("%s: exit %d, want %d\n%s%s", m.name, exit, m.exit, &r.stdout, &r.stderr)
		}
	}
}

// TestCanaryIsHeard plants leaks: the same search finds the token where a playbook does not say that it is sensitive.
func TestCanaryIsHeard(t *testing.T) {
	c := newCanary(t, 2, "webex-cti.hcl", carelessPlays)
	text, err := os.ReadFile(filepath.Join(c.root, "site.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	loud := strings.NewReplacer("  sensitive = true\n", "", "secret_content = var.token", `content = "nothing secret"`).Replace(string(text))
	if err := os.WriteFile(filepath.Join(c.root, "site.hcl"), []byte(loud), 0o600); err != nil {
		t.Fatal(err)
	}
	xdg := filepath.Join(c.root, "xdg", "copy")
	if err := os.WriteFile(xdg, []byte("Authorization: Basic "+base64.StdEncoding.EncodeToString([]byte("x:"+canaryPassword))), 0o600); err != nil {
		t.Fatal(err)
	}
	as := c.fleet.Host("as1.fra.example.net")
	if err := as.WriteFile("/tmp/copy", []byte(hex.EncodeToString([]byte("x"+canaryToken)))); err != nil {
		t.Fatal(err)
	}
	r := c.apply(t, "planted", "--var", "do=fail", "--var", "token="+canaryToken)
	<-r.exited
	r.watch.end()
	c.all.look("stdout", r.stdout.Bytes())
	c.all.look("stderr", r.stderr.Bytes())
	c.lookAtHosts(t, "host")
	found := strings.Join(c.all.found(), "\n")
	for _, want := range []string{
		"stdout: the token, line 1 (as it is)", "stderr: the token, line 1 (as it is)", "planted: cmdline of muster: the token, line 1 (as it is)",
		"planted: file " + xdg + ": the bwcli password, line 1 (base64, phase 2)", "host: /tmp/copy of as1.fra.example.net: the token, line 1 (hex)",
	} {
		if !strings.Contains(found, want) {
			t.Errorf("the search did not hear %q in\n%s", want, found)
		}
	}
}
