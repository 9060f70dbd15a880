package sdktest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/plugins/sdk"
)

// Case is one state of a host and what a task asks of it.
type Case struct {
	Name string
	Args map[string]cty.Value // arguments that the playbook gives; others have their default or are null
	Data map[string]cty.Value // host.data

	// Prepare sets up the host, a fresh one for each way and step, and may add to args: a handle exists only with its Conn.
	Prepare func(c *Conn, args map[string]cty.Value)
	// Same says that the host is already as the arguments want it.
	Same bool
	// Unfinished is what Check of a module that Probes answers on the host that Prepare set up, when it is asked about an
	// unfinished attempt of a minute ago; empty: any verdict.
	Unfinished sdk.Verdict
	// Verify judges the host after Apply, or after Check where there is nothing to apply.
	Verify func(t testing.TB, c *Conn)
}

// hang is how long a call may take that should end at once: it is there to end a test, not to measure.
const hang = 30 * time.Second

// Conform runs each case against the module, directly, across the protocol, and as a plugin process. It checks that
//
//   - the description is whole and crosses unchanged;
//   - Validate accepts the arguments, has nothing against arguments that are not known yet, and needs no connection;
//   - Check changes nothing; Apply does what Check announced; for a module of kind state, Check then finds nothing to do;
//   - a module that Probes answers Check about an unfinished attempt, and changes nothing for it; the protocol refuses to
//     ask that of any other;
//   - hosts do not disturb each other;
//   - a host that does not answer, and a cancelled context, end the call of a module that asks the host anything.
func Conform(t *testing.T, m sdk.Module, cases ...Case) {
	t.Helper()
	if len(cases) == 0 {
		t.Fatal("sdktest: no cases")
	}
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			s := &suite{module: w.open(t, m), description: m.Describe()}
			t.Run("description", s.describes)
			for _, c := range cases {
				t.Run(c.Name, func(t *testing.T) { s.runs(t, c) })
				if m.Describe().Probes {
					t.Run(c.Name+", unfinished", func(t *testing.T) { s.unfinished(t, c) })
				}
			}
			t.Run("many hosts", func(t *testing.T) { s.manyHosts(t, cases[0]) })
			t.Run("silent host", func(t *testing.T) { s.silentHost(t, cases[0]) })
			t.Run("cancelled", func(t *testing.T) { s.cancelled(t, cases[0]) })
		})
	}
}

type suite struct {
	module      sdk.Module
	description sdk.Description
	hosts       int // made so far
}

func (s *suite) describes(t *testing.T) {
	d := s.module.Describe()
	if err := d.Verify(); err != nil {
		t.Error(err)
	}
	if d.Summary == "" || d.Doc == "" || d.Example == "" {
		t.Errorf("module %s: a description has a summary, a doc and an example", d.Name)
	}
	if d.Name != s.description.Name || d.Kind != s.description.Kind || d.Probes != s.description.Probes || !d.Args.Type().Equals(s.description.Args.Type()) {
		t.Errorf("the description that crossed is %+v, want %+v", d, s.description)
	}
	for _, a := range d.Args.Attributes {
		if a.Doc == "" {
			t.Errorf("argument %s has no doc", a.Name)
		}
	}
}

// host makes the host of a case and the request for it. Each has a name of its own: a plugin remembers shells by it.
func (s *suite) host(t testing.TB, c Case) (*Conn, *sdk.Request) {
	conn := NewConn(t)
	args := maps.Clone(c.Args)
	if args == nil {
		args = map[string]cty.Value{}
	}
	if c.Prepare != nil {
		c.Prepare(conn, args)
	}
	s.hosts++
	req := Request(t, s.description, conn, args, c.Data)
	req.Host.Name = fmt.Sprintf("host%d", s.hosts)
	return conn, req
}

func (s *suite) runs(t *testing.T, c Case) {
	ctx, cancel := context.WithTimeout(t.Context(), hang)
	defer cancel()
	conn, req := s.host(t, c)
	s.validates(t, ctx, req)
	if s.cycle(t, ctx, conn, req, c.Same) && c.Verify != nil {
		c.Verify(t, conn)
	}
}

func (s *suite) validates(t testing.TB, ctx context.Context, req *sdk.Request) {
	v, ok := s.module.(sdk.Validator)
	if !ok {
		return
	}
	blind := *req
	blind.Conn = nil
	for _, p := range v.Validate(ctx, &blind) {
		if !p.Warning {
			t.Errorf("Validate: %s: %s (%s)", p.Arg, p.Summary, p.Detail)
		}
	}
	unknown := map[string]cty.Value{}
	for name, ty := range req.Args.Value.Type().AttributeTypes() {
		unknown[name] = cty.UnknownVal(ty)
	}
	blind.Args = sdk.Object{Value: cty.ObjectVal(unknown)}
	for _, p := range v.Validate(ctx, &blind) {
		if !p.Warning {
			t.Errorf("Validate judges arguments that are not known: %s: %s", p.Arg, p.Summary)
		}
	}
}

// cycle checks, applies and checks again, and reports whether that went as it must.
func (s *suite) cycle(t testing.TB, ctx context.Context, conn *Conn, req *sdk.Request, same bool) bool {
	first, err := s.module.Check(ctx, req)
	if err != nil {
		t.Errorf("Check: %v", err)
		return false
	}
	if ops := conn.Effects(); len(ops) > 0 {
		t.Errorf("Check may only read; it did %v", ops)
		return false
	}
	want := sdk.Change
	if same || s.description.Kind == sdk.Probe {
		want = sdk.NoChange
	}
	if first.Verdict != want {
		t.Errorf("Check says %s (%s), want %s", first.Verdict, first.Reason, want)
		return false
	}
	if want == sdk.NoChange {
		return true
	}
	if s.description.Kind == sdk.State && len(first.Diff) == 0 {
		t.Error("Check says change and shows no diff")
	}
	applied, err := s.module.Apply(ctx, req)
	if err != nil {
		t.Errorf("Apply: %v", err)
		return false
	}
	if !applied.Changed {
		t.Error("Apply changed nothing after Check said change")
	}
	return s.description.Kind != sdk.State || s.settled(t, ctx, req)
}

func (s *suite) settled(t testing.TB, ctx context.Context, req *sdk.Request) bool {
	again, err := s.module.Check(ctx, req)
	if err != nil {
		t.Errorf("Check after Apply: %v", err)
		return false
	}
	if again.Verdict != sdk.NoChange {
		t.Errorf("Check after Apply says %s %v, want %s: a second run would change the host again", again.Verdict, again.Diff, sdk.NoChange)
		return false
	}
	return true
}

// unfinished asks what became of an attempt that has no outcome.
func (s *suite) unfinished(t *testing.T, c Case) {
	ctx, cancel := context.WithTimeout(t.Context(), hang)
	defer cancel()
	conn, req := s.host(t, c)
	req.Unfinished = &sdk.Unfinished{Since: time.Now().Add(-time.Minute)}
	got, err := s.module.Check(ctx, req)
	if err != nil {
		t.Errorf("Check of an unfinished attempt: %v", err)
		return
	}
	if ops := conn.Effects(); len(ops) > 0 {
		t.Errorf("Check of an unfinished attempt may only read; it did %v", ops)
	}
	if c.Unfinished != "" && got.Verdict != c.Unfinished {
		t.Errorf("Check of an unfinished attempt says %s (%s), want %s", got.Verdict, got.Reason, c.Unfinished)
	}
	if got.Verdict == sdk.Unknown && got.Reason == "" {
		t.Error("Check of an unfinished attempt says unknown without a reason")
	}
	if got.Verdict == sdk.NoChange && len(got.Notes) == 0 {
		t.Error("Check of an unfinished attempt says that it was done and no note says how that shows")
	}
}

func (s *suite) manyHosts(t *testing.T, c Case) {
	const hosts = 8
	ctx, cancel := context.WithTimeout(t.Context(), hang)
	defer cancel()
	var all sync.WaitGroup
	for range hosts {
		conn, req := s.host(t, c)
		all.Go(func() {
			if s.cycle(t, ctx, conn, req, c.Same) && c.Verify != nil {
				c.Verify(t, conn)
			}
		})
	}
	all.Wait()
}

// ends runs a Check that must fail, unless it asks nothing of the host, and must not hang.
func (s *suite) ends(t *testing.T, ctx context.Context, conn *Conn, req *sdk.Request) {
	failed := make(chan error, 1)
	go func() {
		_, err := s.module.Check(ctx, req)
		failed <- err
	}()
	select {
	case err := <-failed:
		if err == nil && len(conn.Ops()) > 0 {
			t.Error("Check succeeded")
		}
	case <-time.After(hang):
		t.Fatalf("Check goes on when its context has ended")
	}
}

func (s *suite) silentHost(t *testing.T, c Case) {
	conn, req := s.host(t, c)
	conn.Hang()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	s.ends(t, ctx, conn, req)
}

func (s *suite) cancelled(t *testing.T, c Case) {
	conn, req := s.host(t, c)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	conn.Fault = func(Op) error { cancel(); <-ctx.Done(); return context.Canceled }
	s.ends(t, ctx, conn, req)
	if len(conn.Ops()) > 0 && !errors.Is(ctx.Err(), context.Canceled) {
		t.Error("Check failed without asking the host")
	}
}
