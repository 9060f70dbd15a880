package bwsim_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
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
		"cd /Interface/Http/HttpServer", "add 192.0.2.7 443 xsp01.example.net true false",
		"add 192.0.2.7 444 xsp01.example.net true true clusterFqdn xsp.example.net", "add 192.0.2.7 444 other true true",
		"add 192.0.2.8 80 gone false false", "delete 192.0.2.8 80",
		"SSLSettings;Protocols;add 192.0.2.7 443 TLSv1.2;add 192.0.2.7 445 TLSv1.1",
		"q;Certificates", "sslUpdate 192.0.2.7 443 keyFile /tmp/server.key certificateFile /tmp/server.crt",
		"cd /Interface/Http/SSLCommonSettings/Ciphers", "add TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
		"cd ../ClientAuthentication/Trusts", "updateTrust webca /tmp/server.crt",
		"cd ../WebApps", "add 192.0.2.7 443 authenticationservice true", "add 192.0.2.7 443 Xsi-Events true",
		"set 192.0.2.7 443 Xsi-Events clientAuthReq false", "add 192.0.2.7 444 Xsi-Actions true", "delete 192.0.2.7 444 Xsi-Actions",
		"cd /Interface/Http/HttpAlias", "add xsp.example.net",
		"cd /Applications/authenticationService", "cd /Maintenance/ManagedObjects",
		"activate application authenticationService 1.2 /authService", "activate application authenticationService 23.0_1.1075 /authService",
		"deploy application /authService", "undeploy application /dms;y", "deactivate application /dms",
		"cd /Applications/authenticationService/TokenManagement", "set tokenDurationInHours 1440", "set tokenDurationInHours 4321",
		"q;KeyManagement", "importKeys /tmp/authService.keys;y", "importKeys /tmp/server.key;y",
		"cd /System/CommunicationUtility/DefaultSettings", "set userTransactionLimit 100 transactionLimitPeriodSecs 1",
		"ExternalAuthentication;AuthService;set url http://127.0.0.1/authService;set url nonsense",
		"cd /Maintenance/ContainerOptions", "add tomcat bw.authservice.authServiceUrl http://127.0.0.1/authService",
		"add platform gone x", "delete platform gone",
		"cd /Applications/Xsi-Events/GeneralSettings", "set callControlApplicationName com.example.events",
	},
}

// digest is a configuration as text that can be compared.
func digest(c bwsim.Config) string {
	var b strings.Builder
	fmt.Fprintln(&b, c.ClientIdentities, c.AllowClientApp, c.CTICommon, c.JSSE, c.OpenSSL)
	for _, i := range c.CTI {
		fmt.Fprintln(&b, i.IP, i.Port, i.Secure, i.ServerCertificate, i.ClientAuthReq, i.TLSLists, i.Certificate.Chain[0].Subject, len(i.Certificate.Chain))
	}
	for _, t := range slices.Concat(c.CTITrusts, c.HTTPTrusts) {
		fmt.Fprintln(&b, t.Alias, t.Certificate.Subject)
	}
	for _, i := range c.HTTP {
		fmt.Fprintln(&b, i.IP, i.Port, i.Name, i.Secure, i.ClientAuthReq, i.ClusterFQDN, i.TLSLists, i.Certificate.Chain[0].Subject)
	}
	fmt.Fprintln(&b, c.HTTPCommon, c.WebApps, c.HTTPAliases, c.Applications, c.Token, c.Keys.Digest())
	fmt.Fprintln(&b, c.AuthServiceURL, c.Utility, c.ContainerOptions, c.CallControlApplicationName)
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
			h.WriteFile("/tmp/authService.keys", bwsim.KeysOf([]byte("shared")).File())
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
	for _, part := range []string{"[other name bwcticlient.webex.com] false", "192.0.2.7 8012 true true true {[TLSv1.2] ", "CN=xsp01 3", "ca CN=xsp01",
		"192.0.2.7 443 xsp01.example.net true false  {[TLSv1.2] []} CN=xsp01\n192.0.2.7 444 xsp01.example.net true true xsp.example.net {[] []} CN=xsp01.fra",
		"webca CN=xsp01", "[{192.0.2.7 443 AuthenticationService true} {192.0.2.7 443 Xsi-Events false}] [xsp.example.net]",
		"{AuthenticationService 23.0_1.1075 /authService Deployed}", "{BroadworksDms 23.0_1.1075  Installed}",
		"{BroadWorks 1440} " + bwsim.KeysOf([]byte("shared")).Digest(),
		"http://127.0.0.1/authService {100 1} [{tomcat bw.authservice.authServiceUrl http://127.0.0.1/authService}] com.example.events"} {
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
