package bwsim_test

import (
	"strings"
	"testing"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

func TestAccountsThatMayNotDoEverything(t *testing.T) {
	for name, tt := range map[string]struct {
		account   bwsim.AccountRole
		configure bool
	}{"operator": {bwsim.Operator, true}, "viewer": {bwsim.Viewer, false}} {
		f := start(t, bwsim.Options{XSPCount: 1, Profile: bwsim.Profile{Account: tt.account}})
		h := f.Hosts()[0]
		withService(t, h, bwsim.NewKeys())
		c := web{fleet: f}.on(t, h)
		out := c.types(t, "cd /Applications/Xsi-Events/GeneralSettings", "set callControlApplicationName other", "get",
			"cd /Applications/AuthenticationService/KeyManagement", "exportKeys")
		changed := h.Stored().CallControlApplicationName == "other"
		_, err := h.ReadFile(keysFile)
		if changed != tt.configure || (err == nil) != tt.configure || strings.Contains(out, "sufficient privileges") == tt.configure {
			t.Errorf("%s: changed %v, export %v\n%s", name, changed, err, out)
		}
		for _, line := range []string{"restartbw", "stopbw", "startbw"} {
			if out, status := run(t, c.ssh, line); status != 1 || !strings.Contains(out, "sufficient privileges") {
				t.Errorf("%s: %s: %d, %s", name, line, status, out)
			}
		}
		if h.Down() {
			t.Errorf("%s: the server was stopped", name)
		}
	}
}
