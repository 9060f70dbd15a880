package bwsim_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

// work is a list of bwcli lines that change everything once.
var work = map[bwsim.Role][]string{
	bwsim.AS: {
		"login admin", "admin password",
		"cd /System/ClientIdentity", "add bwcticlient.webex.com", "add \"other name\"", "delete bwcticlient.webex.com",
		"delete nobody", "add \"other name\"", "add bwcticlient.webex.com",
	},
	bwsim.XSP: {
		"cd /Interface/CTI/CTIServer", "add 192.0.2.7 8012 true true false", "add 192.0.2.8 8012 true true true",
		"set 192.0.2.7 clientAuthReq true", "add 192.0.2.7 8012 true true true", "delete 192.0.2.8",
		"SSLSettings;Protocols;add 192.0.2.7 TLSv1.1;add 192.0.2.7 TLSv1.2;delete 192.0.2.7 TLSv1.1",
		"q;Ciphers", "add 192.0.2.7 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
		"q;Certificates", "sslUpdate 192.0.2.7 keyFile /tmp/server.key certificateFile /tmp/server.crt chainFile /tmp/chain.pem",
		"qa;cd /Interface/CTI/SSLCommonSettings/ClientAuthentication/Trusts",
		"updateTrust gone /tmp/chain.pem", "updateTrust ca /tmp/server.crt", "updateTrust old /tmp/server.crt", "deleteTrust old",
		"cd /System/CommunicationUtility/DefaultSettings/ExternalAuthentication/CertificateAuthentication", "set allowClientApp true",
		"cd /System/SSLCommonSettings/OpenSSL/Protocols", "add TLSv1.2",
	},
}

// digest is a configuration as text that can be compared.
func digest(c bwsim.Config) string {
	var b strings.Builder
	fmt.Fprintln(&b, c.ClientIdentities, c.AllowClientApp, c.CTICommon, c.JSSE, c.OpenSSL)
	for _, i := range c.CTI {
		fmt.Fprintln(&b, i.IP, i.Port, i.Secure, i.ServerCertificate, i.ClientAuthReq, i.TLSLists, i.Certificate.Chain[0].Subject, len(i.Certificate.Chain))
	}
	for _, t := range c.CTITrusts {
		fmt.Fprintln(&b, t.Alias, t.Certificate.Subject)
	}
	return b.String()
}

func TestEveryDialectStoresTheSame(t *testing.T) {
	lab := t.TempDir()
	first := start(t, bwsim.Options{Hosts: []bwsim.HostOptions{{Name: "xsp01", Role: bwsim.XSP}}})
	if err := bwsim.WriteLab(lab, first); err != nil {
		t.Fatal(err)
	}
	want := map[bwsim.Role]string{}
	for seed := range uint64(100) {
		f, err := bwsim.Start(t.Context(), bwsim.Options{ASCount: 1, XSPCount: 1, Dialect: seed})
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range f.Hosts() {
			for _, name := range []string{"certs/xsp01.key", "certs/xsp01.crt", "certs/chain.pem"} {
				data, err := os.ReadFile(filepath.Join(lab, name))
				if err != nil {
					t.Fatal(err)
				}
				h.WriteFile("/tmp/"+strings.Replace(filepath.Base(name), "xsp01", "server", 1), data)
			}
			cti{host: h, ssh: dial(t, f, h)}.types(t, work[h.Role()]...)
			got := digest(h.Stored())
			if seed == 0 {
				want[h.Role()] = got
			}
			if diff := cmp.Diff(want[h.Role()], got); diff != "" {
				t.Fatalf("dialect %d, %s:\n%s", seed, h.Role(), diff)
			}
		}
		f.Close()
	}
	for _, part := range []string{"[other name bwcticlient.webex.com] false", "192.0.2.7 8012 true true true {[TLSv1.2] ", "CN=xsp01 3", "ca CN=xsp01"} {
		if all := want[bwsim.AS] + want[bwsim.XSP]; !strings.Contains(all, part) {
			t.Errorf("%q is not in\n%s", part, all)
		}
	}
}

var (
	escape   = regexp.MustCompile(`\x1b\[[0-9;]*m`)
	cliStop  = regexp.MustCompile(`XSP_CLI[^>\n]*> (\x1b\[0m)?$|N\): $`)
	anyShell = regexp.MustCompile(`(\$ ?|> )(\x1b\[0m)?$`)
	rule     = regexp.MustCompile(`(?m)^ *={13,}$`)
	row      = regexp.MustCompile(`(?m)^ *192\.0\.2\.7 {2,}8012 {2,}true {2,}true {2,}false *$`)
)

// say types a line and gives what follows its echo, up to a prompt; a prompt
// may come twice where a dialect speaks unasked.
func say(c *console, line string) string {
	c.t.Helper()
	c.send(line)
	echo := regexp.QuoteMeta(line) + `\r\n`
	got := c.match(regexp.MustCompile(echo + `(?s:.*)(` + cliStop.String() + `)`))
	_, answer, _ := strings.Cut(got, line+"\n")
	return escape.ReplaceAllString(answer, "")
}

// TestEveryDialectCanBeRead checks on a PTY that a table is a table, whatever
// the layout, and that a prompt is a prompt.
func TestEveryDialectCanBeRead(t *testing.T) {
	for seed := range uint64(40) {
		f, err := bwsim.Start(t.Context(), bwsim.Options{XSPCount: 1, Dialect: seed})
		if err != nil {
			t.Fatal(err)
		}
		c := open(t, dial(t, f, f.Hosts()[0]))
		c.match(anyShell)
		c.send("bwcli")
		c.match(cliStop)
		for _, line := range []string{"cd /Interface/CTI/CTIServer", "add 192.0.2.7 8012 true true false"} {
			if got := say(c, line); strings.Contains(got, "rror") {
				t.Errorf("dialect %d: %q", seed, got)
			}
		}
		got := say(c, "get")
		if !rule.MatchString(got) || !row.MatchString(got) {
			t.Errorf("dialect %d: the table cannot be read:\n%s", seed, got)
		}
		f.Close()
	}
}

func TestBwcliOutlivesARestartOrSaysSo(t *testing.T) {
	ended := map[bool]int{}
	for seed := range uint64(8) {
		f, err := bwsim.Start(t.Context(), bwsim.Options{XSPCount: 1, Dialect: seed})
		if err != nil {
			t.Fatal(err)
		}
		client := dial(t, f, f.Hosts()[0])
		c := open(t, client)
		c.match(anyShell)
		c.send("bwcli")
		c.match(cliStop)
		run(t, client, "echo y | restartbw; true")
		run(t, client, "stopbw; startbw")
		c.send("cd /Interface")
		got := c.match(regexp.MustCompile(`XSP_CLI/Interface> (\x1b\[0m)?$|ending\.\.\.[\s\S]*` + anyShell.String()))
		ended[strings.Contains(got, "This session is now ending...")]++
		f.Close()
	}
	if ended[true] == 0 || ended[false] == 0 {
		t.Errorf("sessions that ended or not: %v; want some of both", ended)
	}
}
