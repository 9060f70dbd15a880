package sdktest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"
	"go.uber.org/goleak"

	"github.com/muster-run/muster/plugins/sdk"
	"github.com/muster-run/muster/plugins/sdk/sdktest"
)

func TestMain(m *testing.M) { sdktest.Main(m, &hostname{}, &ready{}, &count{}, &broken{}) }

// hostname is a module of kind state that drives a device line by line.
type hostname struct{}

func (*hostname) Describe() sdk.Description {
	return sdk.Description{
		Name: "hostname", Summary: "Names a device.", Doc: "Sets the name.", Example: "task \"hostname\" \"x\" { name = \"y\" }",
		Kind: sdk.State,
		Args: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: "name", Type: cty.String, Required: true, Doc: "The name."},
			{Name: "password", Type: cty.String, Source: sdk.FromSecret, Required: true, Doc: "Typed when the device asks."},
		}},
	}
}

// say sends a line and reads up to the prompt.
func say(ctx context.Context, req *sdk.Request, line sdk.Line) (string, error) {
	sh, err := req.Conn.Shell(ctx, "cli")
	if err != nil {
		return "", err
	}
	defer sh.Close()
	if line.Text == "" {
		return "", fmt.Errorf("no line")
	}
	out := ""
	if sh.Memory().Value == nil {
		if out, err = until(ctx, sh, "Password: "); err != nil {
			return out, err
		}
		var args struct {
			Name     string     `cty:"name"`
			Password sdk.Handle `cty:"password"`
		}
		if err := req.Args.Decode(&args); err != nil {
			return "", err
		}
		if err := sh.SendLine(ctx, sdk.Line{Secret: &args.Password, Effect: sdk.Read}); err != nil {
			return "", err
		}
		if out, err = until(ctx, sh, "> "); err != nil {
			return out, err
		}
		sh.Memory().Value = "logged in"
	}
	if err := sh.SendLine(ctx, line); err != nil {
		return "", err
	}
	return until(ctx, sh, "> ")
}

func until(ctx context.Context, sh sdk.Shell, end string) (string, error) {
	got := ""
	for len(got) < len(end) || got[len(got)-len(end):] != end {
		b, err := sh.Receive(ctx)
		if err != nil {
			return got, err
		}
		got += string(b)
	}
	return got[:len(got)-len(end)], nil
}

func (*hostname) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	got, err := say(ctx, req, sdk.Line{Text: "show name", Effect: sdk.Read})
	if err != nil {
		return nil, err
	}
	want := req.Args.Attr("name").AsString()
	if got == "show name\r\n"+want+"\r\n" {
		return &sdk.CheckResult{Verdict: sdk.NoChange}, nil
	}
	return &sdk.CheckResult{Verdict: sdk.Change, Diff: []sdk.Diff{{What: "name", After: want}}}, nil
}

func (*hostname) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	_, err := say(ctx, req, sdk.Line{Text: "set name " + req.Args.Attr("name").AsString(), Effect: sdk.Idempotent})
	return &sdk.ApplyResult{Changed: true}, err
}

// device has a name and a password.
type device struct {
	t    testing.TB
	name *string
	in   bool
}

func (d *device) Open() string { return "Welcome.\r\nPassword: " }

func (d *device) Line(text string) (string, bool) {
	var name string
	switch {
	case !d.in:
		d.in = text == "s3cret"
		return "> ", !d.in
	case text == "show name":
		return *d.name + "\r\n> ", false
	default:
		if _, err := fmt.Sscanf(text, "set name %s", &name); err != nil {
			d.t.Errorf("the device does not know %q", text)
		}
		*d.name = name
		return "> ", false
	}
}

// ready is a probe that asks a command.
type ready struct{}

func (*ready) Describe() sdk.Description {
	return sdk.Description{
		Name: "ready", Summary: "Asks whether the host is ready.", Doc: "Runs `ready`.", Example: "ready {}", Kind: sdk.Probe,
	}
}

func (*ready) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	r, err := req.Conn.Run(ctx, sdk.Command{Argv: []string{"ready"}, Effect: sdk.Read})
	if err == nil && r.Status != 0 {
		err = errors.New("not ready")
	}
	return &sdk.CheckResult{Verdict: sdk.NoChange}, err
}

func (*ready) Apply(context.Context, *sdk.Request) (*sdk.ApplyResult, error) {
	return nil, errors.New("a probe applies nothing")
}

func TestAConversationConforms(t *testing.T) {
	for _, chunk := range []int{0, 1} {
		prepare := func(name string) func(*sdktest.Conn, map[string]cty.Value) {
			return func(c *sdktest.Conn, args map[string]cty.Value) {
				now := name // of this host
				c.Chunk = chunk
				c.Devices = map[string]func() sdktest.Device{"cli": func() sdktest.Device { return &device{t: t, name: &now} }}
				args["password"] = sdktest.HandleVal(c.Secret("password", "s3cret"))
			}
		}
		want := map[string]cty.Value{"name": cty.StringVal("xsp1")}
		t.Run(fmt.Sprintf("chunks of %d", chunk), func(t *testing.T) {
			sdktest.Conform(t, &hostname{},
				sdktest.Case{Name: "another name", Args: want, Prepare: prepare("old")},
				sdktest.Case{Name: "the same name", Args: want, Prepare: prepare("xsp1"), Same: true})
		})
	}
}

func TestAProbeConforms(t *testing.T) {
	sdktest.Conform(t, &ready{}, sdktest.Case{Name: "ready", Prepare: func(c *sdktest.Conn, _ map[string]cty.Value) {
		c.Commands = map[string]sdk.CommandResult{"ready": {}}
	}})
}

// count is an action that can tell from the host what became of an earlier attempt.
type count struct{}

func (*count) Describe() sdk.Description {
	return sdk.Description{
		Name: "count", Summary: "Counts.", Doc: "Runs `count`.", Example: "task \"count\" \"x\" {}", Kind: sdk.Action, Probes: true,
	}
}

func (*count) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	_, err := req.Conn.Stat(ctx, "/tmp/counted")
	switch {
	case errors.Is(err, sdk.ErrNotExist), err == nil && req.Unfinished == nil:
		return &sdk.CheckResult{Verdict: sdk.Change}, nil
	case err != nil:
		return nil, err
	}
	return &sdk.CheckResult{Verdict: sdk.NoChange, Notes: []string{"/tmp/counted is there"}}, nil
}

func (*count) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	_, err := req.Conn.Run(ctx, sdk.Command{Argv: []string{"count"}, Effect: sdk.Once})
	return &sdk.ApplyResult{Changed: true}, err
}

func TestAnActionThatProbesConforms(t *testing.T) {
	counts := map[string]sdk.CommandResult{"count": {}}
	sdktest.Conform(t, &count{},
		sdktest.Case{Name: "not done", Unfinished: sdk.Change, Prepare: func(c *sdktest.Conn, _ map[string]cty.Value) {
			c.Commands = counts
		}},
		sdktest.Case{Name: "done", Unfinished: sdk.NoChange, Prepare: func(c *sdktest.Conn, _ map[string]cty.Value) {
			c.Commands = counts
			c.WriteFile("/tmp/counted", "")
		}})
}

// witness takes what a Conn says against the test.
type witness struct {
	testing.TB
	said []string
}

func (w *witness) Error(args ...any) { w.said = append(w.said, fmt.Sprint(args...)) }
func (w *witness) Helper()           {}

func TestWhatWasNotForeseenFailsTheTest(t *testing.T) {
	w := &witness{TB: t}
	c := sdktest.NewConn(w)
	c.Devices = map[string]func() sdktest.Device{"cli": sdktest.NewScript(c, "> ", sdktest.Step{Line: "help", Reply: "no help\r\n> "})}
	ctx := t.Context()
	_, runErr := c.Run(ctx, sdk.Command{Argv: []string{"rm", "-r"}})
	_, dialErr := c.Dial(ctx, sdk.Dial{Port: 1})
	_, shellErr := c.Shell(ctx, "other")
	sh, err := c.Shell(ctx, "cli")
	if err != nil {
		t.Fatal(err)
	}
	first := sh.SendLine(ctx, sdk.Line{Text: "help"})
	second := sh.SendLine(ctx, sdk.Line{Text: "quit"})
	if runErr == nil || dialErr == nil || shellErr == nil || first != nil || second != nil {
		t.Error(runErr, dialErr, shellErr, first, second)
	}
	want := []string{
		`sdktest: the command "rm -r" was not foreseen`, `sdktest: a connection to :1 was not foreseen`,
		`sdktest: the shell "other" was not foreseen`, `sdktest: the line "quit" came when the script was over`,
	}
	if d := cmp.Diff(want, w.said); d != "" {
		t.Error(d)
	}
	if b, err := sh.Receive(ctx); string(b) != "> help\r\nno help\r\n> quit\r\n" || err != nil {
		t.Errorf("got %q %v", b, err)
	}
	if _, err := sh.Receive(ctx); err != io.EOF {
		t.Errorf("got %v, want the end", err)
	}
}

func TestOneHolderAtATime(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	c := sdktest.NewConn(t)
	c.Devices = map[string]func() sdktest.Device{"cli": sdktest.NewScript(c, "> ")}
	sh, err := c.Shell(t.Context(), "cli")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := c.Shell(ctx, "cli"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("two hold the shell: %v", err)
	}
	if err := sh.SendLine(t.Context(), sdk.Line{Text: "a\x03b"}); err == nil {
		t.Error("a control character was sent")
	}
	sh.Discard()
	again, err := c.Shell(t.Context(), "cli")
	if err != nil || again.Generation() != 2 {
		t.Errorf("generation %d (%v)", again.Generation(), err)
	}
}
