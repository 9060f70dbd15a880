package bwsim_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

const keysFile = "/var/broadworks/tmp/authService.keys"

// withService makes a host's authentication service run, with the keys that are
// given.
func withService(t *testing.T, h *bwsim.Host, keys bwsim.Keys) {
	t.Helper()
	err := h.Configure(func(c *bwsim.Config) {
		for i, app := range c.Applications {
			if app.Name == bwsim.AuthenticationService {
				c.Applications[i].Path, c.Applications[i].State = "/authService", bwsim.AppDeployed
			}
		}
		c.Keys = keys
	})
	if err != nil {
		t.Fatal(err)
	}
	h.Activate()
}

func TestKeysTravelInAFile(t *testing.T) {
	f := start(t, bwsim.Options{XSPCount: 3})
	from, to, other := f.Hosts()[1], f.Hosts()[2], f.Hosts()[0]
	secret := bytes.Repeat([]byte("MARKER"), 100)
	withService(t, from, bwsim.KeysOf(secret))
	withService(t, to, bwsim.NewKeys())
	withService(t, other, bwsim.Keys{})
	if f.KeysAgree() || f.KeysAgree(from, to) || f.KeysAgree(other) {
		t.Error("hosts agree before anything was shared")
	}
	w := web{fleet: f}
	w.on(t, from).types(t, "cd /Applications/AuthenticationService/KeyManagement", "exportKeys")
	file, err := from.ReadFile(keysFile)
	if err != nil || !bytes.Contains(file, secret) || !bytes.Equal(file, from.Active().Keys.File()) {
		t.Fatalf("%v; the file has %d bytes", err, len(file))
	}
	for _, h := range []*bwsim.Host{to, other} {
		h.WriteFile(keysFile, file)
		c := w.on(t, h)
		c.types(t, "cd /applications/authenticationservice/keymanagement", "importKeys "+keysFile)
		if h.Stored().Keys.Digest() != from.KeyDigest() || h.KeyDigest() == from.KeyDigest() {
			t.Errorf("%s: keys are not stored, or are active before the restart", h.Name())
		}
		c.restart(t)
	}
	if !f.KeysAgree() || !f.KeysAgree(from, to) {
		t.Error("hosts do not agree")
	}
}

func TestKeyFilesThatAreRefused(t *testing.T) {
	f := start(t, bwsim.Options{XSPCount: 1, Profile: bwsim.Profile{SaltedExport: true}})
	h := f.Hosts()[0]
	keys := bwsim.NewKeys()
	good := keys.File()
	changed := bytes.Clone(good)
	changed[len(good)/2] ^= 1
	for name, tt := range map[string]struct {
		file []byte
		want string
	}{
		"corrupt":   {changed, "[Error] " + keysFile + " is corrupted"},
		"truncated": {good[:len(good)-1], "[Error] " + keysFile + " is corrupted"},
		"longer":    {append(bytes.Clone(good), 0), "[Error] " + keysFile + " is corrupted"},
		"foreign":   {[]byte("-----BEGIN CERTIFICATE-----\n"), "[Error] " + keysFile + " is not a valid key file"},
		"empty":     {nil, "[Error] " + keysFile + " is not a valid key file"},
	} {
		withService(t, h, keys)
		h.WriteFile(keysFile, tt.file)
		out := web{fleet: f}.on(t, h).types(t, "cd /Applications/AuthenticationService/KeyManagement", "importKeys "+keysFile)
		if !strings.Contains(out, tt.want) || h.Stored().Keys.Digest() != keys.Digest() {
			t.Errorf("%s: %s", name, out)
		}
	}
}

func TestExportsThatFail(t *testing.T) {
	f := start(t, bwsim.Options{XSPCount: 1, Profile: bwsim.Profile{SaltedExport: true}})
	h := f.Hosts()[0]
	c := web{fleet: f}.on(t, h)
	export := func() (string, int) {
		t.Helper()
		out := c.types(t, "cd /Applications/AuthenticationService/KeyManagement", "exportKeys")
		file, _ := h.ReadFile(keysFile)
		return out, len(file)
	}
	withService(t, h, bwsim.Keys{})
	if out, n := export(); !strings.Contains(out, "[Error] There are no keys to export") || n != 0 {
		t.Errorf("without keys: %d bytes, %s", n, out)
	}
	withService(t, h, bwsim.NewKeys())
	remove := h.Fault(bwsim.Fault{Kind: bwsim.ExportEmpty})
	if out, n := export(); !strings.Contains(out, "...Done") || n != 0 {
		t.Errorf("an empty export: %d bytes, %s", n, out)
	}
	remove()
	remove = h.Fault(bwsim.Fault{Kind: bwsim.DiskFull, Bytes: 100})
	if out, n := export(); !strings.Contains(out, "[Error] Cannot write file "+keysFile) || n != 100 {
		t.Errorf("a full disk: %d bytes, %s", n, out)
	}
	remove()
	export()
	first, _ := h.ReadFile(keysFile)
	export()
	second, _ := h.ReadFile(keysFile)
	if len(first) == 0 || bytes.Equal(first, second) {
		t.Error("salted exports are equal")
	}
	h.Fault(bwsim.Fault{Kind: bwsim.Refuse, Match: "importKeys", Text: "Permission denied"})
	if out := c.types(t, "cd /Applications/AuthenticationService/KeyManagement", "importKeys "+keysFile); !strings.Contains(out, "Permission denied") {
		t.Errorf("a refused import: %s", out)
	}
}

func TestCyclingKeys(t *testing.T) {
	f := start(t, bwsim.Options{XSPCount: 1})
	h := f.Hosts()[0]
	old := bwsim.NewKeys()
	withService(t, h, old)
	c := web{fleet: f}.on(t, h)
	c.types(t, "cd /Applications/AuthenticationService/KeyManagement", "generateKeys")
	if h.KeyDigest() != old.Digest() {
		t.Error("new keys are in use before the restart")
	}
	c.restart(t)
	if h.KeyDigest() == old.Digest() || h.KeyDigest() == "" {
		t.Error("no new keys after the restart")
	}
}

// TestKeyManagementShows finds every style among the dialects.
func TestKeyManagementShows(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(25) {
		f, err := bwsim.Start(t.Context(), bwsim.Options{XSPCount: 1, Dialect: seed})
		if err != nil {
			t.Fatal(err)
		}
		h := f.Hosts()[0]
		withService(t, h, bwsim.NewKeys())
		out := web{fleet: f}.on(t, h).types(t, "cd /Applications/AuthenticationService/KeyManagement", "get")
		style := "silent"
		for _, text := range []string{"Invalid command", "keyFingerprint", "keysLastModified", "keysPresent"} {
			if strings.Contains(out, text) {
				style = text
			}
		}
		seen[style] = true
		f.Close()
	}
	want := map[string]bool{"silent": true, "Invalid command": true, "keyFingerprint": true, "keysLastModified": true, "keysPresent": true}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Error(diff)
	}
}
