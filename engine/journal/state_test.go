package journal

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestStateOfANode(t *testing.T) {
	at := func(s int) time.Time { return moment.Add(time.Duration(s) * time.Second) }
	intent := func(s int) Record { return Record{Time: at(s), Intent: &Intent{Node: "n"}} }
	once := func(s int) Record { return Record{Time: at(s), Effect: &Effect{Node: "n", Class: "once"}} }
	outcome := func(how string) Record { return Record{Time: at(9), Outcome: &Outcome{Node: "n", Outcome: how}} }
	notify := Record{Time: at(9), Outcome: &Outcome{Node: "t", Outcome: "changed", Notify: []string{"n"}}}
	for name, c := range map[string]struct {
		records []Record
		want    Node
	}{
		"begun":                       {[]Record{intent(1)}, Node{Intents: 1, Begun: true}},
		"done":                        {[]Record{intent(1), outcome("changed")}, Node{Intents: 1, Outcome: "changed"}},
		"never begun":                 {[]Record{outcome("not_run")}, Node{Outcome: "not_run"}},
		"skipped":                     {[]Record{outcome("skipped")}, Node{Outcome: "skipped"}},
		"failed":                      {[]Record{intent(1), once(2), outcome("failed")}, Node{Intents: 1, Outcome: "failed", Begun: true, Sent: true}},
		"failed, done later":          {[]Record{intent(1), once(2), outcome("failed"), intent(5), outcome("ok")}, Node{Intents: 2, Outcome: "ok"}},
		"idempotent effect":           {[]Record{intent(1), {Time: at(2), Effect: &Effect{Node: "n", Class: "idempotent"}}}, Node{Intents: 1, Begun: true, Sent: true}},
		"once, died":                  {[]Record{intent(1), once(2)}, Node{Intents: 1, Begun: true, Once: true, Sent: true, Since: at(1)}},
		"once, retried, died":         {[]Record{intent(1), once(2), intent(3), once(4)}, Node{Intents: 2, Begun: true, Once: true, Sent: true, Since: at(1)}},
		"once, unknown":               {[]Record{intent(1), once(2), outcome("unknown")}, Node{Intents: 1, Begun: true, Outcome: "unknown", Once: true, Sent: true, Since: at(1)}},
		"once, lost":                  {[]Record{intent(1), once(2), outcome("lost")}, Node{Intents: 1, Begun: true, Outcome: "lost", Once: true, Sent: true, Since: at(1)}},
		"once, unknown, then not run": {[]Record{intent(1), once(2), outcome("unknown"), outcome("not_run")}, Node{Intents: 1, Begun: true, Outcome: "not_run", Once: true, Sent: true, Since: at(1)}},
		"once, unknown, proved":       {[]Record{intent(1), once(2), outcome("unknown"), intent(5), outcome("ok")}, Node{Intents: 2, Outcome: "ok"}},
		"once, done, once again":      {[]Record{intent(1), once(2), outcome("ok"), intent(5), once(6)}, Node{Intents: 2, Begun: true, Once: true, Sent: true, Since: at(5)}},
		"owed":                        {[]Record{notify}, Node{Notified: true}},
		"owed, ran":                   {[]Record{notify, intent(1), outcome("changed")}, Node{Intents: 1, Outcome: "changed"}},
		"owed, failed":                {[]Record{notify, intent(1), outcome("failed")}, Node{Intents: 1, Outcome: "failed", Begun: true, Notified: true}},
		"ran, then notified":          {[]Record{intent(1), outcome("changed"), notify}, Node{Intents: 1, Notified: true}},
		"begun again":                 {[]Record{intent(1), outcome("ok"), intent(2)}, Node{Intents: 2, Begun: true}},
	} {
		st := stateOf(t, c.records...)
		if diff := cmp.Diff(&c.want, st.Nodes["n"], cmpopts.IgnoreUnexported(Node{})); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestStateOfARun(t *testing.T) {
	st := stateOf(t, Record{Steer: &Steer{What: "promote", Rollout: "r"}}, Record{Finish: &Finish{Paused: true}})
	if !st.Promoted["r"] || st.Finish == nil || !st.Finish.Paused || st.Aborted {
		t.Errorf("%+v", st)
	}
	if st := stateOf(t, Record{Finish: &Finish{Paused: true}}, Record{Intent: &Intent{Node: "n"}}); st.Finish != nil {
		t.Error("a run that went on after a pause counts as ended")
	}
	if st := stateOf(t, Record{Finish: &Finish{Aborted: true}}, Record{Process: &Process{PID: 2}}); st.Finish != nil || !st.Aborted || len(st.Processes) != 2 {
		t.Errorf("%+v", st)
	}
	if st := stateOf(t, Record{Steer: &Steer{What: "abort"}}, Record{Begin: &Begin{Run: 9}}); !st.Aborted || st.Begin.Run == 9 {
		t.Errorf("%+v", st)
	}
}

// What is no journal of ours is refused in words, and never with a panic.
func TestStrangePayloads(t *testing.T) {
	for _, payloads := range [][]string{
		{},
		{`{"process":{},"time":"2026-01-01T00:00:00Z"}`},
		{`{"event":{"type":"x"},"time":"2026-01-01T00:00:00Z"}`},
		{`{"begin":{"run":1},"time":"2026-01-01T00:00:00Z"}`, `{`},
		{`{"begin":{"run":1},"time":"2026-01-01T00:00:00Z"}`, `{"event":`},
		{`{"begin":{"run":1},"time":"2026-01-01T00:00:00Z"}`, `{"intent":"text"}`},
		{`null`},
	} {
		b, c := header(), chainOf(header())
		for _, p := range payloads {
			b = appendFrame(b, &c, 0, []byte(p))
		}
		var damaged *Damaged
		if _, err := loadBytes(b); !errors.As(err, &damaged) {
			t.Errorf("%q: %v", payloads, err)
		}
	}
}

// stateOf reads records behind a beginning.
func stateOf(t *testing.T, records ...Record) *State {
	t.Helper()
	b, c, err := begin(sampleBegin(), sampleProcess())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		payload, err := encode(r)
		if err != nil {
			t.Fatal(err)
		}
		b = appendFrame(b, &c, 0, payload)
	}
	st, err := loadBytes(b)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// A file that another process cuts while it is read ends there.
func TestCutWhileRead(t *testing.T) {
	b := sample(t)
	at := ends(t, b)
	for _, n := range []int64{at[4], at[4] + 10, at[4] + frameLen + 5} {
		sc, err := newScanner(bytes.NewReader(b[:n]), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		if st, err := load(sc); err != nil || !st.Torn || sc.at != at[4] {
			t.Errorf("cut at %d: %v", n, err)
		}
	}
}
