package main

import (
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

// byHand types everything on one server as an engineer in a hurry does, over SSH, and restarts it.
func byHand(t *testing.T, w *whole) {
	h := w.fleet.Host("xsp01.muc.example.net")
	cti, http := h.CTIAddr(), h.HTTPAddr()
	for _, role := range []string{"root", "issuing"} {
		p := &parts{t, w, h, nil}
		blocks := blocksOf(string(p.read("CombinedCertChain2023.txt")))
		p.file("/tmp/"+role+".txt", []byte(blocks[map[string]int{"root": 0, "issuing": 1}[role]]))
	}
	lines := []string{"bwcli",
		"cd /interface/CTI/ctiserver", "ADD  " + cti.String() + "   8012 TRUE  True true ",
		"cd /Interface/cti/CTIServer/SSLSettings/Protocols", "add " + cti.String() + " TLSv1.2",
		"cd /INTERFACE/http/HTTPSERVER", "add   " + at(http) + " XSP01.muc.example.net  TRUE TRUE",
		"cd /Interface/Http/SSLCommonSettings/ClientAuthentication/Trusts", "updateTrust   webexclientroot2023  /tmp/root.txt",
		"cd /maintenance/managedobjects", "ACTIVATE application  AUTHENTICATIONSERVICE " + version(h) + "  /authService", "deploy  application /authService",
		"cd /system/communicationutility/defaultsettings/externalauthentication/AuthService", "set URL   http://127.0.0.1/authService",
		"cd /Maintenance/ContainerOptions", "add  Tomcat   bw.authservice.authServiceUrl    http://127.0.0.1/authService",
		"qa", "quit", "exit", "Y"}
	out := w.typeAll(t, h, lines)
	c := h.Stored()
	if len(c.CTI) != 1 || len(c.HTTP) != 1 || len(c.HTTPTrusts) != 1 || c.AuthServiceURL == "" || len(c.ContainerOptions) != 1 {
		t.Fatalf("not everything was typed:\n%s", out)
	}
}

func version(h *bwsim.Host) string {
	for _, app := range h.Stored().Applications {
		if app.Name == bwsim.AuthenticationService {
			return app.Version
		}
	}
	return ""
}

func at(a netip.AddrPort) string {
	return a.Addr().String() + "   " + strings.TrimPrefix(a.String(), a.Addr().String()+":")
}

// typeAll types lines in a shell of the host, each when the host has read the one before, and returns what came back.
func (w *whole) typeAll(t *testing.T, h *bwsim.Host, lines []string) string {
	t.Helper()
	client, err := ssh.Dial("tcp", h.SSHAddr(), &ssh.ClientConfig{
		User: "bwadmin", Auth: []ssh.AuthMethod{ssh.PublicKeys(w.fleet.UserKey())}, HostKeyCallback: ssh.FixedHostKey(h.HostKey())})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	session, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	session.Stdout = &out
	session.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	if err := session.RequestPty("dumb", 50, 200, nil); err != nil {
		t.Fatal(err)
	}
	if err := session.Shell(); err != nil {
		t.Fatal(err)
	}
	if err := session.Wait(); err != nil {
		t.Logf("the shell ended with %v", err)
	}
	return out.String()
}
