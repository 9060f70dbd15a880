package bwsim_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

// TestBeginInTheMiddle sets everything up without typing anything.
func TestBeginInTheMiddle(t *testing.T) {
	w := setUpWeb(t, bwsim.Options{XSPCount: 1})
	h := w.fleet.Hosts()[0]
	given, err := h.Certificate("/var/broadworks/tmp/server.key", "/var/broadworks/tmp/server.crt", "/var/broadworks/tmp/chain.pem")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Certificate("/var/broadworks/tmp/other.key", "/var/broadworks/tmp/server.crt", ""); err == nil ||
		!strings.Contains(err.Error(), "does not match") {
		t.Errorf("a key that does not fit: %v", err)
	}
	stored := func(certificate bwsim.Certificate) {
		t.Helper()
		err := h.Configure(func(c *bwsim.Config) {
			c.HTTP = []bwsim.HTTPInterface{{IP: h.HTTPAddr().Addr(), Port: int(h.HTTPAddr().Port()), Name: "x", Secure: true,
				SSLSettings: bwsim.SSLSettings{Certificate: certificate}}}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	stored(bwsim.Certificate{})
	if !h.Stored().HTTP[0].Certificate.SelfSigned || len(h.Active().HTTP) != 0 {
		t.Error("stored without a certificate, or active at once")
	}
	h.Activate()
	if _, _, err := w.get(t, h, "/"); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("self-signed: %v", err)
	}
	stored(given)
	h.Activate()
	if status, _, err := w.get(t, h, "/"); status != 404 {
		t.Errorf("with a certificate: %d, %v", status, err)
	}
	withService(t, h, bwsim.KeysOf([]byte("old")))
	if status, _, err := w.get(t, h, tokenPath+clientKey); status != 200 || h.KeyDigest() != bwsim.KeysOf([]byte("old")).Digest() {
		t.Errorf("with a service: %d, %v", status, err)
	}
	for _, e := range w.fleet.Record() {
		if e.Kind != bwsim.Request {
			t.Errorf("recorded %+v", e)
		}
	}
}

func TestActivateWaitsForTheServer(t *testing.T) {
	w := setUpWeb(t, bwsim.Options{XSPCount: 1})
	h := w.fleet.Hosts()[0]
	c := w.on(t, h)
	run(t, c.ssh, "stopbw")
	err := h.Configure(func(c *bwsim.Config) {
		c.HTTP = []bwsim.HTTPInterface{{IP: h.HTTPAddr().Addr(), Port: int(h.HTTPAddr().Port()), Name: "x", Secure: true}}
	})
	if err != nil {
		t.Fatal(err)
	}
	h.Activate()
	if _, _, err := w.get(t, h, "/"); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("a stopped server listens: %v", err)
	}
}

// TestDeployingNeedsARestartOrNot finds both kinds of dialect.
func TestDeployingNeedsARestartOrNot(t *testing.T) {
	seen := map[bool]bool{}
	for seed := range uint64(6) {
		f, err := bwsim.Start(t.Context(), bwsim.Options{XSPCount: 1, Dialect: seed})
		if err != nil {
			t.Fatal(err)
		}
		h := f.Hosts()[0]
		c := web{fleet: f}.on(t, h)
		c.types(t, "cd /Maintenance/ManagedObjects", "activate application authenticationService 23.0_1.1075 /authService",
			"deploy application /authService")
		before := deployedApp(h.Active())
		run(t, c.ssh, "echo y | restartbw; stopbw; startbw")
		if !deployedApp(h.Stored()) || !deployedApp(h.Active()) {
			t.Errorf("dialect %d: not deployed after a restart", seed)
		}
		out, _ := run(t, c.ssh, "bwshowver")
		if !strings.Contains(out, "- AuthenticationService version 23.0_1.1075 context path /authservice\n") {
			t.Errorf("dialect %d: %s", seed, out)
		}
		seen[before] = true
		f.Close()
	}
	if diff := cmp.Diff(map[bool]bool{false: true, true: true}, seen); diff != "" {
		t.Error(diff)
	}
}

func deployedApp(c bwsim.Config) bool {
	for _, app := range c.Applications {
		if app.Name == bwsim.AuthenticationService {
			return app.State == bwsim.AppDeployed
		}
	}
	return false
}

func TestInstalledArchivesCanBeActivated(t *testing.T) {
	_, h, client := one(t)
	for _, name := range []string{"BWCallSettingsWeb_1.7.5_1.war", "BWCallCenter_2023.04_1.150.war"} {
		h.WriteFile("/tmp/"+name, []byte("archive"))
	}
	out := cti{host: h, ssh: client}.types(t, "cd /Maintenance/ManagedObjects",
		"install application /tmp/BWCallSettingsWeb_1.7.5_1.war", "install application /tmp/BWCallCenter_2023.04_1.150.war",
		"activate application BWCallSettingsWeb 1.7.5 /callsettings", "activate application BWCallCenter 2023.04_1.150 /callcenter",
		"deploy application /callcenter")
	if strings.Contains(out, "rror") {
		t.Error(out)
	}
	apps := h.Stored().Applications
	want := []bwsim.Application{{"BWCallSettingsWeb", "1.7.5", "/callsettings", bwsim.AppActivated},
		{"BWCallCenter", "2023.04_1.150", "/callcenter", bwsim.AppDeployed}}
	if diff := cmp.Diff(want, apps[len(apps)-2:]); diff != "" {
		t.Error(diff)
	}
}

func TestSlowAnswers(t *testing.T) {
	const delay = 30 * time.Millisecond
	for name, tt := range map[string]struct {
		fault bwsim.Fault
		line  string
	}{
		"the start of bwcli": {bwsim.Fault{Kind: bwsim.SlowStart, Delay: delay}, "bwcli"},
		"a command":          {bwsim.Fault{Kind: bwsim.Slow, Match: "hostname", Delay: delay}, "hostname"},
	} {
		_, h, client := one(t)
		h.Fault(tt.fault)
		began := time.Now()
		run(t, client, tt.line)
		if took := time.Since(began); took < delay {
			t.Errorf("%s took %v", name, took)
		}
	}
}

func TestSlowCommandsEndWithTheirSession(t *testing.T) {
	for _, kind := range []bwsim.FaultKind{bwsim.SlowStart, bwsim.Slow} {
		_, h, client := one(t)
		h.Fault(bwsim.Fault{Kind: kind, Match: "bwcli", Delay: time.Hour})
		c := open(t, client)
		c.until("$ ")
		c.send("bwcli")
		c.until("bwcli\r\n")
		c.session.Close()
		c.awaitEnd()
	}
}
