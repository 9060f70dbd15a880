package broadworks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"
	"golang.org/x/crypto/ssh"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
	"github.com/muster-run/muster/plugins/sdk"
	"github.com/muster-run/muster/plugins/sdk/sdktest"
)

// settles checks, applies and checks again.
func settles(t *testing.T, c *simConn, given vals) {
	t.Helper()
	r := sdktest.Request(t, Raw{}.Describe(), c, given, nil)
	if res := check(t, Raw{}, r); res.Verdict != sdk.Change || len(res.Diff) == 0 {
		t.Errorf("first check: %+v", res)
	}
	if !apply(t, Raw{}, r).Changed {
		t.Error("nothing changed")
	}
	if res := check(t, Raw{}, r); res.Verdict != sdk.NoChange {
		t.Errorf("second check: %+v", res)
	}
}

// TestRawDialects types raw commands on servers that differ in all that is not published.
func TestRawDialects(t *testing.T) {
	for seed := range uint64(24) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			l := newLab(t, bwsim.Options{ASCount: 1, XSPCount: 1, Dialect: seed})
			for _, h := range l.Hosts() {
				c := l.conn(t, h)
				c.size = int(seed % 3)
				if h.Role() == bwsim.AS {
					rawOnAS(t, c)
				} else {
					rawOnXSP(t, c)
				}
			}
		})
	}
}

// rawOnAS types a command that nothing is compared with, behind bwcli's own login.
func rawOnAS(t *testing.T, c *simConn) {
	data := vals{"bwcli_user": cty.StringVal("admin"), "bwcli_password": c.secret(t, "bwcli_password", []byte("admin password"))}
	where := cty.StringVal(identityContext)
	add := sdktest.Request(t, Raw{}.Describe(), c, vals{"context": where, "do": commands("add one.example.net")}, data)
	if res := check(t, Raw{}, add); res.Verdict != sdk.Change || len(res.Notes) != 1 {
		t.Errorf("check: %+v", res)
	}
	apply(t, Raw{}, add)
	read := check(t, Raw{}, sdktest.Request(t, Raw{}.Describe(), c, vals{"context": where, "read": strs("get")}, data))
	if read.Verdict != sdk.NoChange || !strings.Contains(read.Outputs.Attr("text").AsString(), "one.example.net") {
		t.Errorf("read: %+v", read)
	}
}

func rawOnXSP(t *testing.T, c *simConn) {
	settles(t, c, vals{"context": cty.StringVal(certAuthContext), "want": texts(allowClientApp, "true"), "do": commands("set allowClientApp true")})
	if !c.host.Stored().AllowClientApp {
		t.Error("allowClientApp is not stored")
	}
	options := cty.StringVal("/Maintenance/ContainerOptions")
	row := cty.ListVal([]cty.Value{texts("container", "tomcat", "name", "bw.x", "value", "http://127.0.0.1/x")})
	settles(t, c, vals{"context": options, "want_rows": row, "do": commands("add tomcat bw.x http://127.0.0.1/x")})
	if n := len(c.host.Stored().ContainerOptions); n != 1 {
		t.Errorf("%d container options are stored", n)
	}
	settles(t, c, vals{"context": options, "unwanted_rows": row, "do": commands("delete tomcat bw.x"), "confirm": strs("sure", "delete", "remove")})
	if n := len(c.host.Stored().ContainerOptions); n != 0 {
		t.Errorf("%d container options are stored", n)
	}
}

// execConn runs commands over the connection as the engine does.
type execConn struct{ *simConn }

func (c execConn) Run(_ context.Context, cmd sdk.Command) (*sdk.CommandResult, error) {
	client, err := c.dial()
	if err != nil {
		return nil, err
	}
	s, err := client.NewSession()
	if err != nil {
		return nil, unreachable(err)
	}
	defer s.Close()
	var out, errs bytes.Buffer
	s.Stdout, s.Stderr = &out, &errs
	res := &sdk.CommandResult{}
	exit := (*ssh.ExitError)(nil)
	if err := s.Run(strings.Join(cmd.Argv, " ")); errors.As(err, &exit) {
		res.Status = exit.ExitStatus()
	} else if err != nil {
		return nil, unreachable(err)
	}
	res.Stdout, res.Stderr = out.Bytes(), errs.Bytes()
	return res, nil
}

// TestNTPDialects asks the clocks of servers with any of the tools.
func TestNTPDialects(t *testing.T) {
	tools := map[string]int{}
	for seed := range uint64(24) {
		l := newLab(t, bwsim.Options{XSPCount: 1, Dialect: seed})
		h := l.Hosts()[0]
		c := execConn{l.conn(t, h)}
		r := sdktest.Request(t, NTPSynced{}.Describe(), c, nil, nil)
		told := false
		for _, clock := range []struct {
			bwsim.Clock
			says string // the failure; empty: it holds
		}{
			{bwsim.Clock{Synchronised: true, Offset: -300 * time.Microsecond}, ""},
			{bwsim.Clock{Synchronised: true, Offset: 90 * time.Second}, "the clock is off by 1m30s"},
			{bwsim.Clock{Synchronised: true, Offset: -90 * time.Second}, "the clock is off by 1m30s"},
			{bwsim.Clock{Offset: time.Millisecond}, "not synchronised"},
		} {
			h.SetClock(clock.Clock)
			res, err := NTPSynced{}.Check(t.Context(), r)
			switch {
			case clock.says == "" && err != nil:
				t.Errorf("seed %d: %v", seed, err)
			case clock.says == "":
				told = !res.Outputs.Attr("offset_ms").IsNull()
				tools[res.Outputs.Attr("tool").AsString()]++
				if told == (len(res.Notes) > 0) {
					t.Errorf("seed %d: an offset that is told %v, notes %v", seed, told, res.Notes)
				}
			case err == nil && (told || !clock.Synchronised):
				t.Errorf("seed %d: %s with %+v", seed, clock.says, clock.Clock)
			case err != nil && !strings.Contains(err.Error(), clock.says):
				t.Errorf("seed %d: %v, want %s", seed, err, clock.says)
			}
		}
	}
	if len(tools) != 3 {
		t.Errorf("asked %v, want all three tools", tools)
	}
	l := newLab(t, bwsim.Options{XSPCount: 1, Profile: bwsim.Profile{NTP: bwsim.NTPNone}})
	_, err := NTPSynced{}.Check(t.Context(), sdktest.Request(t, NTPSynced{}.Describe(), execConn{l.conn(t, l.Hosts()[0])}, nil, nil))
	if err == nil || !strings.Contains(err.Error(), "all missing") {
		t.Errorf("no tool: %v", err)
	}
}
