package broadworks

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/modules/broadworks/bwsim"
	"github.com/muster-run/muster/plugins/sdk"
)

// once calls a function at the first progress that holds a text.
type once struct {
	reporter
	text string
	do   func()
	done sync.Once
}

func (o *once) Progress(s string) {
	if strings.Contains(s, o.text) {
		o.done.Do(o.do)
	}
}

// asksAgain asks what became of a restart that a run asked for an hour ago.
func asksAgain(c *simConn) *sdk.Request {
	req := c.request(Restart{}, map[string]cty.Value{"begin_within": cty.StringVal("300ms")}, nil)
	req.Unfinished = &sdk.Unfinished{Since: time.Now().Add(-time.Hour)}
	return req
}

func verdict(t *testing.T, req *sdk.Request, limit time.Duration, want sdk.Verdict, says string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	got, err := Restart{}.Check(ctx, req)
	if err != nil {
		t.Fatal(explain(err))
	}
	text := got.Reason + strings.Join(got.Notes, " ")
	if got.Verdict != want || !strings.Contains(text, says) {
		t.Errorf("got %s (%s), want %s and %q", got.Verdict, text, want, says)
	}
}

func TestUnfinishedRestart(t *testing.T) {
	const long = 20 * time.Second
	m := Restart{}
	prepared := func(t *testing.T, l *lab, c *simConn) {
		t.Helper()
		for _, s := range ctiSteps(t, l, c) {
			apply(t, s.module, c.request(s.module, s.args, nil))
		}
		apply(t, m, c.request(m, nil, nil)) // from here on no port is new
	}
	for name, test := range map[string]func(t *testing.T, l *lab, c *simConn){
		"done": func(t *testing.T, _ *lab, c *simConn) {
			apply(t, m, c.request(m, nil, nil))
			verdict(t, asksAgain(c), long, sdk.NoChange, "the earlier restart was done: ")
		},
		"not done": func(t *testing.T, _ *lab, c *simConn) {
			c.host.Fault(bwsim.Fault{Kind: bwsim.RestartIgnored})
			failure(t, long, applying(m, c.request(m, map[string]cty.Value{"begin_within": cty.StringVal("100ms")}, nil)))
			verdict(t, asksAgain(c), long, sdk.Change, "did nothing: the 2 processes of BroadWorks are the same")
			c.host.ClearFaults()
			apply(t, m, c.request(m, nil, nil))
		},
		"still acknowledged": func(t *testing.T, _ *lab, c *simConn) { // it may still begin: nothing is repeated before begin_within
			c.host.Fault(bwsim.Fault{Kind: bwsim.RestartIgnored})
			failure(t, long, applying(m, c.request(m, map[string]cty.Value{"begin_within": cty.StringVal("100ms")}, nil)))
			c.host.ClearFaults()
			req := asksAgain(c)
			req.Unfinished.Since = time.Now()
			req.Args = c.request(m, map[string]cty.Value{"begin_within": cty.StringVal("10m")}, nil).Args
			req.Report = &once{text: "waiting for a sign", do: func() {
				sh, err := bwcli.OpenShell(t.Context(), c.lab.conn(t, c.host), "other")
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := sh.Run(t.Context(), "restartbw", sdk.Once, func(string) bool { return true }); err != nil {
					t.Error(err)
				}
			}}
			verdict(t, req, long, sdk.NoChange, "the earlier restart was done: ")
		},
		"under way": func(t *testing.T, _ *lab, c *simConn) {
			c.host.Fault(bwsim.Fault{Kind: bwsim.RestartStuck})
			failure(t, time.Second, applying(m, c.request(m, nil, nil)))
			req := asksAgain(c)
			req.Report = &once{text: "restartbw was typed before; waiting: ", do: c.host.ClearFaults}
			verdict(t, req, long, sdk.NoChange, "the earlier restart was done: ")
		},
		"stuck": func(t *testing.T, _ *lab, c *simConn) {
			c.host.Fault(bwsim.Fault{Kind: bwsim.RestartStuck})
			failure(t, time.Second, applying(m, c.request(m, nil, nil)))
			verdict(t, asksAgain(c), time.Second, sdk.Unknown, "the server is not well: ")
		},
		"no note": func(t *testing.T, _ *lab, c *simConn) {
			if err := c.Remove(t.Context(), restartNote); err != nil {
				t.Fatal(err)
			}
			verdict(t, asksAgain(c), long, sdk.Unknown, "is not there")
		},
		"another's note": func(t *testing.T, _ *lab, c *simConn) {
			if err := c.Put(t.Context(), sdk.Put{Path: restartNote, Content: []byte("muster restart 9\n")}); err != nil {
				t.Fatal(err)
			}
			verdict(t, asksAgain(c), long, sdk.Unknown, `it begins with "muster restart 9"`)
		},
		"one application": func(t *testing.T, _ *lab, c *simConn) { // which its watchdog, or a person, restarted
			c.host.Fault(bwsim.Fault{Kind: bwsim.RestartIgnored})
			failure(t, long, applying(m, c.request(m, map[string]cty.Value{"begin_within": cty.StringVal("100ms")}, nil)))
			c.host.ClearFaults()
			sh, err := bwcli.OpenShell(t.Context(), c, "other")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := sh.Run(t.Context(), "restartbw WebContainer", sdk.Once, func(string) bool { return true }); err != nil {
				t.Fatal(err)
			}
			verdict(t, asksAgain(c), long, sdk.Unknown, "1 run on, 1 were started anew")
		},
	} {
		t.Run(name, func(t *testing.T) {
			dialects(t, bwsim.XSP, func(t *testing.T, l *lab, c *simConn) {
				prepared(t, l, c)
				test(t, l, c)
			}, nil)
		})
	}
}

func TestCompareProcesses(t *testing.T) {
	at := func(s int) time.Time { return time.Date(2026, 11, 21, 12, 0, s, 0, time.UTC) }
	before := processes{"a": {"1": at(0)}, "b": {"2": at(0), "3": at(1)}, "c": {"4": at(0)}}
	for name, tt := range map[string]struct {
		now  processes
		want comparison
	}{
		"the same":          {before, comparison{same: 3}},
		"one second off":    {processes{"a": {"1": at(1)}}, comparison{same: 1}},
		"all anew":          {processes{"a": {"11": at(9)}, "b": {"12": at(9)}, "c": {"14": at(9)}}, comparison{anew: 3}},
		"older than before": {processes{"c": {"14": at(0).Add(-time.Hour)}}, comparison{other: 1}},
		"id used again":     {processes{"c": {"4": at(40)}}, comparison{other: 1}},
		"a part anew":       {processes{"b": {"2": at(0), "13": at(9)}}, comparison{other: 1}},
		"gone":              {processes{"z": {"1": at(0)}}, comparison{}},
		"nothing":           {nil, comparison{}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := before.compare(tt.now); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestRestartNote(t *testing.T) {
	j := &restartJob{targets: []*target{{address: netip.MustParseAddr("127.0.0.1"), port: 8012, openBefore: true}, {address: netip.MustParseAddr("::1"), port: 443}}}
	j.before = snapshot{well: true, processes: processes{"java -Dpassword=hunter2": {"7": time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}}}
	text := j.note()
	if strings.Contains(text, "hunter2") {
		t.Errorf("a command line is in the note: %s", text)
	}
	s, targets, err := parseNote(text)
	if err != nil {
		t.Fatal(err)
	}
	if s.well != true || cmp.Diff(j.before.processes.digested(), s.processes) != "" || len(targets) != 2 || *targets[0] != *j.targets[0] || *targets[1] != *j.targets[1] {
		t.Errorf("got %+v %+v", s, targets)
	}
	for _, bad := range []string{"", "x", noteHeader + "\nwell maybe\n", noteHeader + "\nport 127.0.0.1 x true", noteHeader + "\nprocess 1 noon a", noteHeader + "\nmore\n"} {
		if _, _, err := parseNote(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func FuzzRestartNote(f *testing.F) {
	f.Add(noteHeader + "\nwell true\nprocess 1 2026-11-21T12:00:00Z abcd\nport 127.0.0.1 8012 true\n")
	f.Fuzz(func(t *testing.T, text string) {
		_, targets, err := parseNote(text)
		if err != nil && targets != nil {
			t.Error("a note that cannot be read gives targets")
		}
	})
}
