package sim

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/journal"
	"github.com/muster-run/muster/engine/transport"
	"github.com/muster-run/muster/plugins/sdk"
)

// bugs are planted around the engine, in what it is handed: connections, modules, journal, lease. The judge has to find each
// by the rule that it breaks.
var bugs = map[string]bug{
	"lease ignored":                {rule: "I13", noLease: true},
	"journal forgets to sync":      {rule: "I4", journal: func(t *tap) { t.sloppy = true }},
	"journal forgets effects":      {rule: "I4", journal: func(t *tap) { t.drop = func(r journal.Record) bool { return r.Effect != nil } }},
	"journal forgets intents":      {rule: "I4", journal: func(t *tap) { t.drop = func(r journal.Record) bool { return r.Intent != nil } }},
	"effect called a reading":      {rule: "I4", module: replace(careless{tally{probes: true}, sdk.Read})},
	"once sent twice":              {rule: "I3", module: replace(twice{tally{probes: true}})},
	"unfinished not probed":        {rule: "I3", module: replace(unasked{tally{probes: true}})},
	"connection repeats a command": {rule: "I3", dial: func(d transport.Dialer) transport.Dialer { return impatient{d} }},
	"restart not waited for":       {rule: "I1", module: func(m modules) { m["cycle"], m["alive"] = hasty{}, blissful{} }},
	"one place too many":           {rule: "I1", policy: func(p *policy) { p.maxUnavailable += 2 }},
	"promoted by nobody":           {rule: "canary", policy: func(p *policy) { p.manual, p.soak = false, "" }},
	"changes kept to themselves":   {rule: "I8", module: func(m modules) { m["keep"], m["tally"] = silent{keep{}}, silent{tally{probes: true}} }},
	"a host not staged":            {rule: "I5", module: func(m modules) { m["share"] = hopeful{} }},
	"end better than the truth":    {rule: "I8", summary: func(s *event.Summary) { s.ExitCode = 0 }},
	"host in two classes":          {rule: "I8", summary: func(s *event.Summary) { s.Hosts[event.OK] = append(s.Hosts[event.OK], "h1") }},
	"no end":                       {rule: "I9", module: func(m modules) { m["keep"] = endless{} }},
}

// bug is one of them; nil is none.
type bug struct {
	rule    string
	noLease bool
	module  func(modules)
	dial    func(transport.Dialer) transport.Dialer
	journal func(*tap)
	policy  func(*policy)
	summary func(*event.Summary)
}

// TestShellJudge plants bugs: a judge that finds nothing has shown nothing.
func TestShellJudge(t *testing.T) {
	for name, b := range bugs {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			var others []string
			for seed := range uint64(bugSeeds) {
				j, _ := play(t, seed, &b)
				for _, p := range j.problems {
					if strings.HasPrefix(p, b.rule+":") {
						t.Logf("seed %d: %s", seed, p)
						return
					}
					others = append(others, p)
				}
			}
			t.Errorf("%d seeds, and nothing breaks %s; found: %v", bugSeeds, b.rule, others)
		})
	}
}

func replace(m sdk.Module) func(modules) { return func(all modules) { all["tally"] = m } }

// careless says of its effect that it is none.
type careless struct {
	tally
	effect sdk.Effect
}

func (m careless) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	_, err := command(ctx, req, m.effect, "tally", take(req, "id"))
	return &sdk.ApplyResult{Changed: true}, err
}

// twice does it twice.
type twice struct{ tally }

func (m twice) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	if _, err := m.tally.Apply(ctx, req); err != nil {
		return nil, err
	}
	return m.tally.Apply(ctx, req)
}

// unasked does not look what became of an unfinished attempt.
type unasked struct{ tally }

func (unasked) Check(context.Context, *sdk.Request) (*sdk.CheckResult, error) {
	return &sdk.CheckResult{Verdict: sdk.Change}, nil
}

// hasty has begun a restart, and takes it for done.
type hasty struct{ cycle }

func (hasty) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	_, err := command(ctx, req, sdk.Once, "cycle")
	return &sdk.ApplyResult{Changed: true}, err
}

// blissful finds everything well.
type blissful struct{ alive }

func (blissful) Check(context.Context, *sdk.Request) (*sdk.CheckResult, error) {
	return &sdk.CheckResult{Verdict: sdk.NoChange}, nil
}

// silent changes and says that it did not.
type silent struct{ sdk.Module }

func (m silent) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	res, err := m.Module.Apply(ctx, req)
	if res != nil {
		res.Changed = false
	}
	return res, err
}

// hopeful passes one host by, and verifies nothing.
type hopeful struct{ share }

func (m hopeful) Stage(ctx context.Context, req *sdk.Request, p *sdk.Payload) error {
	if req.Host.Name == "h2" {
		return nil
	}
	return m.share.Stage(ctx, req, p)
}

func (hopeful) Verify(context.Context, *sdk.Request, *sdk.Payload) error { return nil }

// endless is deaf to its deadline.
type endless struct{ keep }

func (m endless) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	time.Sleep(longest + time.Hour)
	return m.keep.Apply(ctx, req)
}

// impatient connects so that a command that is not answered soon is sent once more.
type impatient struct{ transport.Dialer }

func (d impatient) Dial(ctx context.Context, to transport.Target) (transport.Transport, error) {
	t, err := d.Dialer.Dial(ctx, to)
	if err != nil {
		return nil, err
	}
	return &repeater{t}, nil
}

type repeater struct{ transport.Transport }

func (r *repeater) Run(ctx context.Context, line string, stdin []byte) (*sdk.CommandResult, error) {
	soon, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	res, err := r.Transport.Run(soon, line, stdin)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return r.Transport.Run(ctx, line, stdin)
	}
	return res, err
}
