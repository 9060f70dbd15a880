package bwsim_test

import (
	"strings"
	"testing"
	"time"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

func TestClocks(t *testing.T) {
	behind := bwsim.Clock{Offset: -1500 * time.Millisecond, Synchronised: true}
	lost := bwsim.Clock{Offset: 2 * time.Second}
	tests := map[string]struct {
		tool  bwsim.NTPTool
		clock bwsim.Clock
		line  string
		want  []string
	}{
		"chrony":               {bwsim.NTPChrony, behind, "chronyc -n tracking", []string{"System time     : 1.500000000 seconds slow of NTP time", "Leap status     : Normal"}},
		"chrony, lost":         {bwsim.NTPChrony, lost, "chronyc tracking", []string{"2.000000000 seconds fast", "Not synchronised"}},
		"chrony's timedatectl": {bwsim.NTPChrony, behind, "timedatectl", []string{"System clock synchronized: yes", "NTP service: active"}},
		"chrony has no peers":  {bwsim.NTPChrony, behind, "ntpq -pn", []string{"command not found"}},
		"chrony, other":        {bwsim.NTPChrony, behind, "chronyc sources; timedatectl timesync-status", []string{"Unrecognized command", "Failed to query server"}},
		"ntpd":                 {bwsim.NTPDaemon, behind, "ntpq -pn", []string{"*192.0.2.123", "1500.000"}},
		"ntpd, lost":           {bwsim.NTPDaemon, lost, "ntpq -pn; ntpq -c rv", []string{"\n 192.0.2.123", "-2000.000", "leap_alarm, sync_unspec", "stratum=16", "offset=-2000.000"}},
		"ntpd's variables":     {bwsim.NTPDaemon, behind, "ntpq -c rv", []string{"leap_none, sync_ntp", "stratum=2", "offset=1500.000"}},
		"ntpd, other":          {bwsim.NTPDaemon, behind, "ntpq -c as; timedatectl", []string{"unsupported", "command not found"}},
		"timedatectl":          {bwsim.NTPTimedatectl, lost, "timedatectl status; timedatectl show -p NTPSynchronized --value", []string{"synchronized: no", "\nno\n"}},
		"timedatectl's offset": {bwsim.NTPTimedatectl, behind, "timedatectl timesync-status; timedatectl set-time", []string{"Offset: +1500.000ms", "Unknown command verb"}},
		"chrony, stopped":      {bwsim.NTPChrony, bwsim.Clock{Stopped: true}, "chronyc tracking; timedatectl show", []string{"506 Cannot talk to daemon", "NTP=no"}},
		"ntpd, stopped":        {bwsim.NTPDaemon, bwsim.Clock{Stopped: true}, "ntpq -pn", []string{"Connection refused"}},
		"none":                 {bwsim.NTPNone, behind, "timedatectl; chronyc tracking", []string{"timedatectl: command not found", "chronyc: command not found"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := start(t, bwsim.Options{XSPCount: 1, Profile: bwsim.Profile{NTP: tt.tool}})
			h := f.Hosts()[0]
			h.SetClock(tt.clock)
			out, _ := run(t, dial(t, f, h), tt.line)
			for _, want := range tt.want {
				if !strings.Contains(out, want) {
					t.Errorf("%q is not in\n%s", want, out)
				}
			}
		})
	}
}
