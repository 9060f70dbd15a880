package broadworks

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/plugins/sdk"
	"github.com/muster-run/muster/plugins/sdk/sdktest"
)

// Outputs as the tools print them.
const (
	chronySynced = `Reference ID    : CB00710F (192.0.2.15)
Stratum         : 3
Ref time (UTC)  : Fri Jan 27 09:49:17 2017
System time     : 0.000006523 seconds slow of NTP time
Last offset     : -0.000006747 seconds
RMS offset      : 0.000035822 seconds
Frequency       : 3.225 ppm slow
Residual freq   : -0.000 ppm
Skew            : 0.129 ppm
Root delay      : 0.013639022 seconds
Root dispersion : 0.001100737 seconds
Update interval : 64.2 seconds
Leap status     : Normal
`
	chronyFree = `Reference ID    : 00000000 ()
Stratum         : 0
Ref time (UTC)  : Thu Jan 01 00:00:00 1970
System time     : 0.000000000 seconds fast of NTP time
Leap status     : Not synchronised
`
	peersSynced = `     remote           refid      st t when poll reach   delay   offset  jitter
==============================================================================
+192.0.2.7       198.51.100.3     2 u   12   64  377    0.841    0.310   0.120
*192.0.2.8       .GPS.            1 u   34   64  377    0.512   -1.250   0.045
 192.0.2.9       .INIT.          16 u    - 1024    0    0.000    0.000   0.000
`
	peersFree = `     remote           refid      st t when poll reach   delay   offset  jitter
==============================================================================
 192.0.2.9       .INIT.          16 u    - 1024    0    0.000    0.000   0.000
`
	timedateOld = `      Local time: Fri 2017-01-27 10:49:17 CET
  Universal time: Fri 2017-01-27 09:49:17 UTC
     NTP enabled: yes
NTP synchronized: yes
 RTC in local TZ: no
`
	timedateNew = `               Local time: Fri 2023-01-27 10:49:17 CET
                Time zone: Europe/Berlin (CET, +0100)
System clock synchronized: no
              NTP service: active
`
	timesync = `       Server: 192.0.2.8 (ntp.example.net)
Poll interval: 34min 8s (min: 32s; max 34min 8s)
      Version: 4
      Stratum: 2
       Offset: -1min 2.5s
        Delay: 12.345ms
`
)

func TestReadClocks(t *testing.T) {
	for _, tt := range []struct {
		name string
		read func(string) (clock, error)
		out  string
		want clock // without says
		bad  bool
	}{
		{"chrony", readChrony, chronySynced, clock{synced: true, known: true, offset: 6523 * time.Nanosecond, source: "192.0.2.15"}, false},
		{"chrony, leap second", readChrony, strings.Replace(chronySynced, "Normal", "Insert second", 1), clock{synced: true, known: true, offset: 6523 * time.Nanosecond, source: "192.0.2.15"}, false},
		{"chrony, free", readChrony, chronyFree, clock{known: true}, false},
		{"chrony, its own source", readChrony, strings.Replace(chronySynced, "CB00710F (192.0.2.15)", "7F7F0101 ()", 1), clock{known: true, offset: 6523 * time.Nanosecond}, false},
		{"peers, its own source", readPeers, strings.Replace(peersSynced, "*192.0.2.8       .GPS.", "*127.127.1.0     .LOCL.", 1), clock{known: true, offset: 1250 * time.Microsecond, source: "127.127.1.0"}, false},
		{"chrony, something else", readChrony, "506 Cannot talk to daemon\n", clock{}, true},
		{"peers", readPeers, peersSynced, clock{synced: true, known: true, offset: 1250 * time.Microsecond, source: "192.0.2.8"}, false},
		{"peers with CRLF", readPeers, strings.ReplaceAll(peersSynced, "\n", "\r\n"), clock{synced: true, known: true, offset: 1250 * time.Microsecond, source: "192.0.2.8"}, false},
		{"a pulse", readPeers, strings.Replace(peersSynced, "*192", "o192", 1), clock{synced: true, known: true, offset: 1250 * time.Microsecond, source: "192.0.2.8"}, false},
		{"no peer", readPeers, peersFree, clock{}, false},
		{"no association", readPeers, "No association ID's returned\n", clock{}, true},
		{"a row cut short", readPeers, "====\n*192.0.2.8 .GPS.\n", clock{}, true},
		{"timedatectl, old", readTimedatectl, timedateOld, clock{synced: true}, false},
		{"timedatectl, new", readTimedatectl, timedateNew, clock{}, false},
		{"timedatectl, nothing", readTimedatectl, "", clock{}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.read(tt.out)
			if (err == nil) == (got.says == "") {
				t.Errorf("says %q, %v", got.says, err)
			}
			got.says = ""
			if got != tt.want || (err != nil) != tt.bad {
				t.Errorf("got %+v, %v, want %+v", got, err, tt.want)
			}
		})
	}
}

func TestReadTimesync(t *testing.T) {
	for text, want := range map[string]time.Duration{
		timesync: 62500 * time.Millisecond, "Offset: +123us\n": 123 * time.Microsecond, "Offset: n/a\n": -1, "": -1, "Offset: 5\n": -1, "Offset: 9999999999999h": -1,
	} {
		c := clock{}
		c.readTimesync(text)
		if c.known != (want >= 0) || c.known && c.offset != want {
			t.Errorf("%q: %+v", text, c)
		}
	}
}

// tools answers commands; what it does not have ends with 127.
type tools map[string]sdk.CommandResult

func (o tools) conn(t testing.TB) *sdktest.Conn {
	c := sdktest.NewConn(t)
	c.OnRun = func(_ context.Context, cmd sdk.Command) (*sdk.CommandResult, error) {
		if r, ok := o[strings.Join(cmd.Argv, " ")]; ok {
			return &r, nil
		}
		return &sdk.CommandResult{Status: 127, Stderr: []byte("command not found")}, nil
	}
	return c
}

func prints(out string) sdk.CommandResult { return sdk.CommandResult{Stdout: []byte(out)} }

func TestNTPSynced(t *testing.T) {
	noDaemon := sdk.CommandResult{Status: 1, Stdout: []byte("506 Cannot talk to daemon\n")}
	for _, tt := range []struct {
		name  string
		tools tools
		most  string
		tool  string // empty: it fails
		says  string // the failure, or the note
	}{
		{"chrony", tools{"chronyc -n tracking": prints(chronySynced)}, "", "chronyc", ""},
		{"chrony, free", tools{"chronyc -n tracking": prints(chronyFree), "timedatectl status": prints(timedateOld)}, "", "", "not synchronised"},
		{"ntpq", tools{"ntpq -pn": prints(peersSynced)}, "2ms", "ntpq", ""},
		{"ntpq off the path", tools{"/usr/sbin/ntpq -pn": prints(peersSynced)}, "", "ntpq", ""},
		{"too far off", tools{"ntpq -pn": prints(peersSynced)}, "1ms", "", "off by 1.25ms; 1ms is borne"},
		{"chrony without its daemon", tools{"chronyc -n tracking": noDaemon, "ntpq -pn": prints(peersSynced)}, "", "ntpq", ""},
		{"timedatectl", tools{"timedatectl status": prints(timedateOld)}, "", "timedatectl", "could not be proved"},
		{"timedatectl, an offset asked for", tools{"timedatectl status": prints(timedateOld)}, "1s", "", "cannot be proved"},
		{"timedatectl, free", tools{"timedatectl status": prints(timedateNew)}, "", "", "not synchronised"},
		{"systemd's own", tools{"timedatectl status": prints(timedateOld), "timedatectl timesync-status": prints(timesync)}, "", "", "off by 1m2.5s; 1s is borne"},
		{"none", tools{}, "", "", "all missing"},
		{"none that answers", tools{"chronyc -n tracking": noDaemon}, "", "", "506 Cannot talk"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := map[string]cty.Value{}
			if tt.most != "" {
				args["max_offset"] = cty.StringVal(tt.most)
			}
			res, err := NTPSynced{}.Check(t.Context(), sdktest.Request(t, NTPSynced{}.Describe(), tt.tools.conn(t), args, nil))
			f := (*sdk.Failure)(nil)
			switch {
			case tt.tool == "" && (!errors.As(err, &f) || !strings.Contains(f.Error(), tt.says)):
				t.Errorf("got %+v, %v", res, err)
			case tt.tool != "" && (err != nil || res.Outputs.Attr("tool").AsString() != tt.tool || !strings.Contains(strings.Join(res.Notes, ""), tt.says)):
				t.Errorf("got %+v, %v", res, err)
			}
		})
	}
}

func TestNTPSyncedConforms(t *testing.T) {
	sdktest.Conform(t, NTPSynced{}, sdktest.Case{Name: "chrony", Prepare: func(c *sdktest.Conn, _ map[string]cty.Value) {
		c.OnRun = func(_ context.Context, cmd sdk.Command) (*sdk.CommandResult, error) {
			if strings.Join(cmd.Argv, " ") == "chronyc -n tracking" {
				return &sdk.CommandResult{Stdout: []byte(chronySynced)}, nil
			}
			return &sdk.CommandResult{Status: 127}, nil
		}
	}})
}

func TestNTPSyncedValidate(t *testing.T) {
	for most, want := range map[string]int{"200ms": 0, "1": 1, "-1s": 1, "soon": 1} {
		req := sdktest.Request(t, NTPSynced{}.Describe(), nil, map[string]cty.Value{"max_offset": cty.StringVal(most)}, nil)
		if got := (NTPSynced{}).Validate(t.Context(), req); len(got) != want {
			t.Errorf("%q: %+v", most, got)
		}
	}
}

func FuzzReadClocks(f *testing.F) {
	for _, s := range []string{chronySynced, chronyFree, peersSynced, peersFree, timedateOld, timedateNew, timesync, "System time: NaN seconds\nLeap status: Normal", "===\n* 1 2 3 4 5 6 7 1e999 9"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, out string) {
		for _, read := range []func(string) (clock, error){readChrony, readPeers, readTimedatectl} {
			c, err := read(out)
			c.readTimesync(out)
			if c.offset < 0 || err == nil && c.says == "" {
				t.Errorf("%+v, %v", c, err)
			}
			c.outputs("x")
		}
	})
}
