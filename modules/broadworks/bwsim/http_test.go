package bwsim_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

// web is a fleet whose hosts have certificates, and a client of its HTTP
// interfaces.
type web struct {
	fleet  *bwsim.Fleet
	roots  *x509.CertPool
	client tls.Certificate
}

func setUpWeb(t *testing.T, o bwsim.Options) web {
	t.Helper()
	f := start(t, o)
	lab := t.TempDir()
	if err := bwsim.WriteLab(lab, f); err != nil {
		t.Fatal(err)
	}
	placeLab(t, f, lab)
	w := web{fleet: f, roots: x509.NewCertPool()}
	chain, err := os.ReadFile(filepath.Join(lab, "certs/chain.pem"))
	if err != nil || !w.roots.AppendCertsFromPEM(chain) {
		t.Fatal("no chain", err)
	}
	if w.client, err = tls.LoadX509KeyPair(filepath.Join(lab, "client.crt"), filepath.Join(lab, "client.key")); err != nil {
		t.Fatal(err)
	}
	return w
}

// on gives what types commands on a host.
func (w web) on(t *testing.T, h *bwsim.Host) cti {
	return cti{fleet: w.fleet, host: h, ssh: dial(t, w.fleet, h), roots: w.roots, client: w.client}
}

// deployed lists the lines of the guide up to the restart.
func deployed(h *bwsim.Host, mtls bool) []string {
	at := h.HTTPAddr().Addr().String() + " " + strconv.Itoa(int(h.HTTPAddr().Port()))
	return []string{
		"cd /Interface/Http/HttpServer", "add " + at + " " + h.Name() + " true " + strconv.FormatBool(mtls),
		"cd SSLSettings/Protocols", "add " + at + " TLSv1.2",
		"q;Certificates", "sslUpdate " + at + " keyFile /var/broadworks/tmp/server.key" +
			" certificateFile /var/broadworks/tmp/server.crt chainFile /var/broadworks/tmp/chain.pem",
		"cd /Interface/Http/SSLCommonSettings/ClientAuthentication/Trusts",
		"updateTrust root /var/broadworks/tmp/root2023.txt", "updateTrust issuing /var/broadworks/tmp/issuing2023.txt",
		"cd /Maintenance/ManagedObjects", "activate application authenticationService 23.0_1.1075 /authService",
		"deploy application /authService",
	}
}

var clientKey = base64.RawURLEncoding.EncodeToString([]byte("a client's public key"))

const tokenPath = "/authService/token?key="

// get asks a host's HTTP interface; the error is that of the handshake.
func (w web) get(t *testing.T, h *bwsim.Host, path string, certs ...tls.Certificate) (int, string, error) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{RootCAs: w.roots, Certificates: certs},
	}}
	response, err := client.Get("https://" + h.HTTPAddr().String() + path)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body), nil
}

func TestTokenURLMakesKeysOnce(t *testing.T) {
	w := setUpWeb(t, bwsim.Options{XSPCount: 1})
	h := w.fleet.Hosts()[0]
	c := w.on(t, h)
	c.types(t, deployed(h, true)...)
	if _, _, err := w.get(t, h, tokenPath+clientKey, w.client); err == nil {
		t.Error("the interface answers before the restart")
	}
	c.restart(t)
	if _, _, err := w.get(t, h, tokenPath+clientKey); err == nil {
		t.Error("the interface needs no client certificate")
	}
	for _, tt := range []struct {
		path string
		want int
	}{
		{"/", 404}, {"/authservice/token?key=" + clientKey, 404}, {"/authService", 404}, {"/authService/token", 400},
		{"/authService/token?key=%21%21", 400}, {tokenPath + clientKey, 200},
	} {
		if h.KeyDigest() != "" {
			t.Errorf("there are keys before %s", tt.path)
		}
		if status, _, err := w.get(t, h, tt.path, w.client); status != tt.want || err != nil {
			t.Errorf("%s: %d, %v; want %d", tt.path, status, err, tt.want)
		}
	}
	made := h.KeyDigest()
	_, first, _ := w.get(t, h, tokenPath+clientKey, w.client)
	_, second, _ := w.get(t, h, tokenPath+clientKey, w.client)
	if made == "" || h.KeyDigest() != made || h.Stored().Keys.Digest() != made || first == second {
		t.Errorf("keys %q, then %q; tokens %q, %q", made, h.KeyDigest(), first, second)
	}
	var got []string
	for _, e := range w.fleet.Record() {
		if e.Kind == bwsim.KeysMade && e.SHA256 == made || e.Kind == bwsim.Request && strings.HasSuffix(e.Text, " 200") {
			got = append(got, string(e.Kind)+" "+e.Text)
		}
	}
	token := "request GET /authService/token 200"
	if diff := cmp.Diff([]string{"keys-made ", token, token, token}, got); diff != "" {
		t.Error(diff)
	}
}

func TestWebAppDemandsACertificateOfItsOwn(t *testing.T) {
	w := setUpWeb(t, bwsim.Options{XSPCount: 1})
	h := w.fleet.Hosts()[0]
	c := w.on(t, h)
	c.types(t, deployed(h, false)...)
	c.restart(t)
	if status, _, err := w.get(t, h, tokenPath+clientKey); status != 200 {
		t.Fatalf("without mTLS: %d, %v", status, err)
	}
	at := strings.Replace(h.HTTPAddr().String(), ":", " ", 1)
	c.types(t, "cd /Interface/Http/SSLCommonSettings/ClientAuthentication/WebApps", "add "+at+" authenticationService true")
	c.restart(t)
	for _, tt := range []struct {
		path  string
		certs []tls.Certificate
		want  int
	}{
		{tokenPath + clientKey, nil, 403}, {"/other", nil, 404}, {tokenPath + clientKey, []tls.Certificate{w.client}, 200},
	} {
		if status, _, err := w.get(t, h, tt.path, tt.certs...); status != tt.want {
			t.Errorf("%s with %d certificates: %d, %v; want %d", tt.path, len(tt.certs), status, err, tt.want)
		}
	}
}

func TestHTTPTrustsAreNotThoseOfCTI(t *testing.T) {
	w := setUpWeb(t, bwsim.Options{XSPCount: 1})
	h := w.fleet.Hosts()[0]
	c := w.on(t, h)
	wrong := deployed(h, true)
	for i, line := range wrong {
		wrong[i] = strings.Replace(line, "/Interface/Http/SSLCommonSettings/Client", "/Interface/CTI/SSLCommonSettings/Client", 1)
	}
	c.types(t, wrong...)
	c.restart(t)
	if _, _, err := w.get(t, h, tokenPath+clientKey, w.client); err == nil {
		t.Error("an anchor among the CTI ones lets HTTP clients in")
	}
	if cfg := h.Active(); len(cfg.CTITrusts) != 2 || len(cfg.HTTPTrusts) != 0 {
		t.Errorf("%d CTI and %d HTTP anchors", len(cfg.CTITrusts), len(cfg.HTTPTrusts))
	}
}

func TestSecureHTTPInterfaceSignsItself(t *testing.T) {
	w := setUpWeb(t, bwsim.Options{Hosts: []bwsim.HostOptions{{Name: "xsp01", Role: bwsim.XSP, ServiceAddress: true}}, HTTPSPort: 9443})
	h := w.fleet.Hosts()[0]
	c := w.on(t, h)
	c.types(t, "cd /Interface/Http/HttpServer", "add "+h.CTIAddr().String()+" 9443 xsp01 true false",
		"add "+h.Addr().String()+" 8080 xsp01 false false", "SSL;Protocols;add "+h.CTIAddr().String()+" 9443 TLSv1.2")
	c.restart(t)
	conn, err := tls.Dial("tcp", h.HTTPAddr().String(), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if state := conn.ConnectionState(); state.PeerCertificates[0].Issuer.CommonName != "xsp01" || state.Version != tls.VersionTLS12 {
		t.Errorf("got %v, %s", state.PeerCertificates[0].Issuer, tls.VersionName(state.Version))
	}
	response, err := http.Get("http://" + h.Addr().String() + ":8080/")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != 404 {
		t.Errorf("without TLS: %s", response.Status)
	}
}
