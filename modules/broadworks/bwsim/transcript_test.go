package bwsim_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

// Transcripts are in testdata: what a person at a PTY sees, with the lines they
// type after a prompt. ADDR stands for the host's address.
func TestTranscripts(t *testing.T) {
	f := start(t, bwsim.Options{Hosts: []bwsim.HostOptions{
		{Name: "as1.fra.example.net", Role: bwsim.AS, Profile: bwsim.Profile{Login: bwsim.LoginRequired}},
		{Name: "xsp01.fra.example.net", Role: bwsim.XSP, Release: "R22"},
		{Name: "xsp02.fra.example.net", Role: bwsim.XSP},
		{Name: "adp01.fra.example.net", Role: bwsim.ADP, Profile: bwsim.Profile{LegacyBanner: true, ConfirmAbove: 11}},
	}})
	lab := t.TempDir()
	if err := bwsim.WriteLab(lab, f); err != nil {
		t.Fatal(err)
	}
	placeLab(t, f, lab)
	for _, name := range []string{"as1", "xsp01", "xsp02", "adp01"} {
		t.Run(name, func(t *testing.T) {
			h := f.Host(name + ".fra.example.net")
			want, err := os.ReadFile(filepath.Join("testdata", name+".txt"))
			if err != nil {
				t.Fatal(err)
			}
			got := replay(t, open(t, dial(t, f, h)), string(want), h.Addr().String())
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("transcript (-want +got):\n%s", diff)
				if os.Getenv("UPDATE") != "" {
					os.WriteFile(filepath.Join("testdata", name+".txt"), []byte(got), 0o644)
				}
			}
		})
	}
}

// placeLab puts the certificates of the lab where the guides put them.
func placeLab(t *testing.T, f *bwsim.Fleet, lab string) {
	t.Helper()
	for _, h := range f.Hosts() {
		put := func(from, to string, cut func(string) string) {
			data, err := os.ReadFile(filepath.Join(lab, from))
			if err != nil {
				t.Fatal(err)
			}
			if err := h.WriteFile("/var/broadworks/tmp/"+to, []byte(cut(string(data)))); err != nil {
				t.Fatal(err)
			}
		}
		block := func(n int) func(string) string {
			return func(s string) string { return strings.SplitAfter(s, "-----END CERTIFICATE-----\n")[n] }
		}
		whole := func(s string) string { return s }
		put("CombinedCertChain2023.txt", "root2023.txt", block(0))
		put("CombinedCertChain2023.txt", "issuing2023.txt", block(1))
		put("CombinedCertChain2023.txt", "both2023.txt", whole)
		put("client.key", "other.key", whole)
		if err := h.WriteFile("/var/broadworks/tmp/given.keys", bwsim.KeysOf([]byte("given")).File()); err != nil {
			t.Fatal(err)
		}
		if h.Role() != bwsim.AS {
			put("certs/"+h.Name()+".key", "server.key", whole)
			put("certs/"+h.Name()+".crt", "server.crt", whole)
			put("certs/chain.pem", "chain.pem", whole)
		}
	}
}

var (
	atPrompt = regexp.MustCompile(`(\$|_CLI[^>\n]*>|N\):) $|Password:$`)
	typed    = regexp.MustCompile(`(?m)^(.*?(?:\$|_CLI[^>\n]*>|N\):) |Password:)(.*)$`)
)

// replay types what follows the prompts of the wanted transcript; the password
// is not in it, because it is not echoed.
func replay(t *testing.T, c *console, want, addr string) string {
	t.Helper()
	got := c.match(atPrompt)
	for _, m := range typed.FindAllStringSubmatch(want, -1) {
		line := strings.ReplaceAll(m[2], "ADDR", addr)
		switch {
		case m[1] == "Password:":
			line = "admin password"
		case line == "":
			continue // a question answered in the line before, or the last prompt
		}
		c.send(line)
		got += c.match(atPrompt)
	}
	return strings.ReplaceAll(got, addr, "ADDR")
}
