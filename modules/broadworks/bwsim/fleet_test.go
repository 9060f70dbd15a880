package bwsim_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

func TestHostsAreSpreadOverSites(t *testing.T) {
	f := start(t, bwsim.Options{ASCount: 2, XSPCount: 3, ADPCount: 1, Sites: []string{"fra", "muc"}})
	var names []string
	for _, h := range f.Hosts() {
		names = append(names, h.Name()+" "+h.Site()+" "+h.Release())
		if !h.Addr().IsLoopback() || h.CTIAddr() != h.Addr() {
			t.Errorf("%s is at %v and %v", h.Name(), h.Addr(), h.CTIAddr())
		}
	}
	want := []string{
		"as1.fra.example.net fra R24", "as1.muc.example.net muc R24",
		"xsp01.fra.example.net fra R23", "xsp02.fra.example.net fra R23", "xsp01.muc.example.net muc R23",
		"adp01.fra.example.net fra 2022.11",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	if f.Host("nobody") != nil {
		t.Error("found a host that is not there")
	}
}

func TestWrongOptions(t *testing.T) {
	tests := map[string]struct {
		hosts []bwsim.HostOptions
		want  string
	}{
		"no name":  {[]bwsim.HostOptions{{Role: bwsim.AS}}, `host name ""`},
		"no role":  {[]bwsim.HostOptions{{Name: "a"}}, `host a: role ""`},
		"release":  {[]bwsim.HostOptions{{Name: "a", Role: bwsim.XSP, Release: "R19"}}, `host a: release "R19"`},
		"twice":    {[]bwsim.HostOptions{{Name: "a", Role: bwsim.AS}, {Name: "a", Role: bwsim.AS}}, "host a is listed twice"},
		"too many": {make([]bwsim.HostOptions, 10_001), "10001 hosts"},
	}
	for name, tt := range tests {
		f, err := bwsim.Start(t.Context(), bwsim.Options{Hosts: tt.hosts})
		if err == nil {
			f.Close()
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", name, err, tt.want)
		}
	}
}

func TestFleetEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f, err := bwsim.Start(ctx, bwsim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	client := dial(t, f, f.Hosts()[1])
	c := open(t, client)
	c.until("$ ")
	cancel()
	c.awaitEnd()
	if client.Wait() == nil {
		t.Error("the connection was closed in good order")
	}
	f.Close()
	if conn, err := net.DialTimeout("tcp", f.Hosts()[1].SSHAddr(), time.Second); err == nil {
		conn.Close()
		t.Error("the SSH port is still open")
	}
	f.Hosts()[1].Fault(bwsim.Fault{Kind: bwsim.Unreachable})() // nothing opens again
}

func TestFleetsDoNotMeet(t *testing.T) {
	seen := map[string]bool{}
	for range 5 {
		f := start(t, bwsim.Options{})
		for _, h := range f.Hosts() {
			if seen[h.SSHAddr()] {
				t.Errorf("%s is used twice", h.SSHAddr())
			}
			seen[h.SSHAddr()] = true
		}
	}
}

func TestPasswordsAreNotRecorded(t *testing.T) {
	f := start(t, bwsim.Options{ASCount: 1, Profile: bwsim.Profile{Login: bwsim.LoginRequired}, CLIPassword: "very secret"})
	c := open(t, dial(t, f, f.Hosts()[0]))
	c.until("$ ")
	c.send("bwcli")
	c.until("AS_CLI> ")
	c.send("login admin")
	c.until("Password:")
	c.send("wrong secret")
	if got := c.until("AS_CLI> "); !strings.Contains(got, "[Error] Invalid user ID or password") {
		t.Error(got)
	}
	c.send("login admin")
	c.until("Password:")
	c.send("very secret")
	c.until("AS_CLI> ")
	c.send("System")
	c.until("AS_CLI/System> ")
	var typed []string
	for _, e := range f.Record() {
		if strings.Contains(e.Text, "secret") {
			t.Errorf("the record has %+v", e)
		}
		if e.Kind == bwsim.Command {
			typed = append(typed, e.Context+" "+e.Text)
		}
	}
	if diff := cmp.Diff([]string{"$ bwcli", "AS_CLI login admin", "AS_CLI login admin", "AS_CLI System"}, typed); diff != "" {
		t.Error(diff)
	}
}
