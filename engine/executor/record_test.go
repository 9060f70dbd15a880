package executor

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/journal"
	"github.com/muster-run/muster/engine/lang"
	"github.com/muster-run/muster/engine/secret"
)

func TestOneLine(t *testing.T) {
	for in, want := range map[string]string{
		"restartbw":           "restartbw",
		"a\tb\nc  d":          "a b c d",
		"\x1b[31mred\x07":     `\x1b[31mred\x07`,
		"bad \xff byte":       `bad \xff byte`,
		"":                    "",
		"line\u2028separator": `line\u2028separator`,
	} {
		if got := oneLine(in); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
	long := oneLine(strings.Repeat("schönes ", 100))
	if len(long) > whatLimit || !utf8.ValidString(long) || !strings.HasSuffix(long, "...") {
		t.Errorf("%d bytes: %q", len(long), long)
	}
}

func TestOutputsComeBack(t *testing.T) {
	r := secret.NewRedactor()
	r.Add(secret.NewValue([]byte("known-secret")))
	e := &Executor{redact: r}
	value := func(x cty.Value) cty.Value {
		return cty.ObjectVal(map[string]cty.Value{"x": x, "changed": cty.True})
	}
	for name, tc := range map[string]struct {
		in     cty.Value
		hidden bool
	}{
		"text":              {value(cty.StringVal("a\x00\u2028é")), false},
		"number":            {value(cty.MustParseNumberVal("12345678901234567890.5")), false},
		"null with type":    {value(cty.NullVal(cty.List(cty.String))), false},
		"empty list":        {value(cty.ListValEmpty(cty.Number)), false},
		"set of objects":    {value(cty.SetVal([]cty.Value{cty.ObjectVal(map[string]cty.Value{"a": cty.True})})), false},
		"operator's path":   {value(cty.StringVal("/x")), false},
		"sensitive":         {value(cty.StringVal("x").Mark(lang.Sensitive)), true},
		"sensitive inside":  {value(cty.ListVal([]cty.Value{cty.StringVal("x").Mark(lang.Sensitive)})), true},
		"a secret unmarked": {value(cty.StringVal("pw known-secret")), true},
		"not known":         {value(cty.UnknownVal(cty.String)), true},
	} {
		text, hidden := e.outputsJSON(tc.in)
		if hidden != tc.hidden || hidden && text != nil {
			t.Errorf("%s: hidden %v, %s", name, hidden, text)
		}
		if hidden {
			continue
		}
		if back, err := outputsOf(text); err != nil || !back.RawEquals(tc.in) {
			t.Errorf("%s: %#v came back as %#v, %v", name, tc.in, back, err)
		}
	}
}

func TestExitCodes(t *testing.T) {
	hosts := func(s event.Status) map[event.Status][]string { return map[event.Status][]string{s: {"h"}} }
	waits := []string{"r"}
	for name, tc := range map[string]struct {
		s              event.Summary
		loose, stopped bool
		want           int
	}{
		"all well":                      {event.Summary{Hosts: hosts(event.Changed)}, false, false, 0},
		"interrupted counts first":      {event.Summary{Interrupted: true, Hosts: hosts(event.Failed)}, true, true, 130},
		"stopped before failed":         {event.Summary{Hosts: hosts(event.Failed)}, false, true, 5},
		"failed before unreachable":     {event.Summary{Hosts: map[event.Status][]string{event.Failed: {"a"}, event.Unreachable: {"b"}}}, false, false, 3},
		"unknown is failed":             {event.Summary{Hosts: hosts(event.Unknown)}, false, false, 3},
		"a check without host":          {event.Summary{}, true, false, 3},
		"unreachable before promotion":  {event.Summary{Hosts: hosts(event.Unreachable), WaitsForPromotion: waits}, false, false, 4},
		"only a promotion":              {event.Summary{Hosts: hosts(event.NotRun), WaitsForPromotion: waits}, false, false, 6},
		"not run because of another":    {event.Summary{Hosts: hosts(event.NotRun)}, false, false, 3},
		"a failure besides a promotion": {event.Summary{Hosts: hosts(event.Failed), WaitsForPromotion: waits}, false, false, 3},
	} {
		if got := exitCode(&tc.s, tc.loose, tc.stopped); got != tc.want {
			t.Errorf("%s: %d, want %d", name, got, tc.want)
		}
	}
}

func TestHostEnds(t *testing.T) {
	node := func(outcome string, begun, once bool) *journal.Node {
		return &journal.Node{Intents: 1, Outcome: outcome, Begun: begun, Once: once}
	}
	s := &journal.State{Begin: journal.Begin{Hosts: []string{"done", "failed", "died", "sent", "away", "waits", "unproved", "never"}}, Finish: &journal.Finish{}, Nodes: map[string]*journal.Node{
		"done: p.task.a":                    node("changed", false, false),
		"done: p.handler.r":                 node("changed", false, false),
		"done: p.handler.r.health.well":     node("ok", false, false),
		"failed: p.task.a":                  node("failed", true, false),
		"died: p.task.a":                    node("", true, false),
		"sent: p.handler.r":                 node("", true, true),
		"away: p.task.a":                    node("unreachable", true, false),
		"waits: p.task.a":                   node("ok", false, false),
		"unproved: p.handler.r":             node("changed", false, false),
		"unproved: p.handler.r.health.well": {Outcome: "not_run"},
		"never: p.task.a":                   {Outcome: "not_run"},
		"waits: p.handler.r":                {Outcome: "not_run", Notified: true},
		"p.check.one_name":                  node("ok", false, false),
		`done: p.task.b["key: with colon"]`: node("ok", false, false),
	}}
	want := map[string]HostEnd{
		"done":     {Status: event.Changed, Done: true, Restarts: 1},
		"failed":   {Status: event.Failed, Down: true, Failed: true},
		"died":     {Status: event.NotRun, Down: true, Failed: true},
		"sent":     {Status: event.Unknown, Down: true, Failed: true},
		"away":     {Status: event.Unreachable, Down: true, Failed: true},
		"waits":    {Status: event.NotRun, Down: true},
		"unproved": {Status: event.NotRun, Down: true, Unproved: true, Restarts: 1},
		"never":    {Status: event.NotRun},
	}
	if diff := cmp.Diff(want, HostEnds(s), cmpopts.IgnoreUnexported(HostEnd{})); diff != "" {
		t.Error(diff)
	}
}
