package bwsim_test

import (
	"crypto/tls"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

// kinds lists the kinds of a host's events that are about its service.
func kinds(f *bwsim.Fleet, host string) []bwsim.EventKind {
	var list []bwsim.EventKind
	for _, e := range f.Record() {
		switch e.Kind {
		case bwsim.Down, bwsim.Up, bwsim.RestartBegin, bwsim.RestartEnd, bwsim.Activated:
			if e.Host == host {
				list = append(list, e.Kind)
			}
		}
	}
	return list
}

func TestStoredAndActiveDifferUntilRestart(t *testing.T) {
	c := setUpCTI(t, bwsim.Options{})
	if stored, active := c.host.Stored(), c.host.Active(); len(stored.CTI) != 1 || len(stored.CTITrusts) != 2 ||
		len(active.CTI) != 0 || len(active.CTITrusts) != 0 {
		t.Fatalf("stored %+v, active %+v", stored, active)
	}
	run(t, c.ssh, "restartbw OpenClientServer")
	if len(c.host.Active().CTI) != 0 {
		t.Error("restarting one application made the configuration active")
	}
	c.restart(t)
	if active := c.host.Active(); len(active.CTI) != 1 || len(active.CTITrusts) != 2 {
		t.Errorf("after the restart: %+v", active)
	}
}

// TestDuringRestart holds a restart open with a fault and looks around.
func TestDuringRestart(t *testing.T) {
	c := setUpCTI(t, bwsim.Options{})
	c.restart(t)
	before, _ := run(t, c.ssh, "ps -eo pid,lstart,args")
	release := c.host.Fault(bwsim.Fault{Kind: bwsim.RestartStuck})
	restarting, err := c.ssh.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer restarting.Close()
	said, err := restarting.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := restarting.Start("restartbw"); err != nil {
		t.Fatal(err)
	}
	said.Read(make([]byte, 80)) // "Stopping BroadWorks...": the server is down now

	if out, status := run(t, c.ssh, "bwcli"); status != 1 || out != "BroadWorks is not running.\n" {
		t.Errorf("bwcli: %d, %q", status, out)
	}
	if out, _ := run(t, c.ssh, "healthmon -l"); strings.Contains(out, "NOTIFICATION") || !strings.Contains(out, "CRITICAL") {
		t.Errorf("healthmon: %s", out)
	}
	if out, _ := run(t, c.ssh, "ps -eo pid,lstart,args | grep -c java"); out != "0\n" {
		t.Errorf("%s processes", out)
	}
	if out, status := run(t, c.ssh, "restartbw"); status != 1 {
		t.Errorf("a second restart: %q", out)
	}
	if _, err := c.shake(&tls.Config{}); err == nil || !c.host.Down() {
		t.Errorf("the interface answers: %v, down %v", err, c.host.Down())
	}
	release()
	if err := restarting.Wait(); err != nil {
		t.Fatal(err)
	}
	if after, _ := run(t, c.ssh, "ps -eo pid,lstart,args"); before == after {
		t.Error("ps shows no new processes")
	}
	want := []bwsim.EventKind{bwsim.RestartBegin, bwsim.Down, bwsim.Activated, bwsim.RestartEnd, bwsim.Up}
	if diff := cmp.Diff(append(want, want...), kinds(c.fleet, c.host.Name())); diff != "" {
		t.Error(diff)
	}
}

func TestRestartIgnored(t *testing.T) {
	c := setUpCTI(t, bwsim.Options{})
	c.host.Fault(bwsim.Fault{Kind: bwsim.RestartIgnored})
	before, _ := run(t, c.ssh, "ps -eo pid,lstart,args")
	c.restart(t)
	after, _ := run(t, c.ssh, "ps -eo pid,lstart,args")
	if before != after || len(c.host.Active().CTI) != 0 || len(kinds(c.fleet, c.host.Name())) != 0 {
		t.Error("the restart was not ignored")
	}
}

func TestStopAndStart(t *testing.T) {
	c := setUpCTI(t, bwsim.Options{})
	out, status := run(t, c.ssh, "stopbw; healthmon -l | grep severity; startbw && startbw; startbw WebContainer")
	want := "Stopping BroadWorks...\n   Report severity       : CRITICAL\nStarting BroadWorks...\n" +
		"BroadWorks is already running.\nStarting WebContainer...\n"
	if out != want || status != 0 {
		t.Errorf("%d, %s", status, out)
	}
	if len(c.host.Active().CTI) != 1 {
		t.Error("starting did not make the configuration active")
	}
}

func TestMaxDownCountsPerGroup(t *testing.T) {
	f := start(t, bwsim.Options{ASCount: 1, XSPCount: 4, Sites: []string{"fra", "muc"}})
	fra1, fra2, muc1 := f.Host("xsp01.fra.example.net"), f.Host("xsp02.fra.example.net"), f.Host("xsp01.muc.example.net")
	both := fra1.Fault(bwsim.Fault{Kind: bwsim.Unreachable})
	run(t, dial(t, f, fra2), "stopbw; startbw")
	both()
	run(t, dial(t, f, muc1), "restartbw; restartbw")
	site := func(h *bwsim.Host) string {
		if h.Role() == bwsim.AS {
			return ""
		}
		return h.Site()
	}
	if diff := cmp.Diff(map[string]int{"fra": 2, "muc": 1}, f.MaxDown(site)); diff != "" {
		t.Error(diff)
	}
}

func TestRestartTakesItsTime(t *testing.T) {
	f := start(t, bwsim.Options{XSPCount: 1, RestartTime: 30 * time.Millisecond})
	h := f.Hosts()[0]
	run(t, dial(t, f, h), "restartbw")
	var begin, end time.Time
	for _, e := range f.Record() {
		switch e.Kind {
		case bwsim.RestartBegin:
			begin = e.Time
		case bwsim.RestartEnd:
			end = e.Time
		}
	}
	if took := end.Sub(begin); took < 30*time.Millisecond {
		t.Errorf("the restart took %v", took)
	}
}
