package command_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/modules/core/command"
	"github.com/muster-run/muster/plugins/sdk"
	"github.com/muster-run/muster/plugins/sdk/sdktest"
)

func TestMain(m *testing.M) { sdktest.Main(m, command.Module{}) }

type values = map[string]cty.Value

func list(words ...string) cty.Value {
	var out []cty.Value
	for _, w := range words {
		out = append(out, cty.StringVal(w))
	}
	return cty.ListVal(out)
}

func numbers(ns ...int64) cty.Value {
	var out []cty.Value
	for _, n := range ns {
		out = append(out, cty.NumberIntVal(n))
	}
	return cty.ListVal(out)
}

// touches answers commands as a host would where touch makes its file and rm takes it away.
func touches(c *sdktest.Conn, _ values) {
	c.OnRun = func(_ context.Context, cmd sdk.Command) (*sdk.CommandResult, error) {
		name := cmd.Argv[len(cmd.Argv)-1]
		_, there := c.File(name)
		switch cmd.Argv[0] {
		case "touch":
			c.WriteFile(name, string(cmd.Stdin))
		case "rm":
			err := c.Remove(context.Background(), name)
			return &sdk.CommandResult{}, err
		case "test":
			return &sdk.CommandResult{Status: map[bool]int{true: 0, false: 1}[there]}, nil
		case "date":
			return &sdk.CommandResult{Stdout: []byte("now\n\n"), Stderr: []byte("b\xffd\n")}, nil
		}
		return &sdk.CommandResult{Stdout: []byte("done\n")}, nil
	}
}

func TestConforms(t *testing.T) {
	has := func(t testing.TB, c *sdktest.Conn) {
		if got, ok := c.File("/tmp/x"); !ok || got != "in" {
			t.Errorf("the file holds %q, %v", got, ok)
		}
	}
	touch := values{"argv": list("touch", "/tmp/x"), "stdin": cty.StringVal("in")}
	with := func(arg string, v cty.Value) values {
		return values{"argv": touch["argv"], "stdin": touch["stdin"], arg: v}
	}
	already := func(c *sdktest.Conn, args values) { touches(c, args); c.WriteFile("/tmp/x", "in") }
	sdktest.Conform(t, command.Module{},
		sdktest.Case{Name: "creates", Args: with("creates", cty.StringVal("/tmp/x")), Prepare: touches, Verify: has, Unfinished: sdk.Change},
		sdktest.Case{Name: "created", Args: with("creates", cty.StringVal("/tmp/x")), Prepare: already, Same: true, Unfinished: sdk.NoChange},
		sdktest.Case{Name: "unless", Args: with("unless", list("test", "-e", "/tmp/x")), Prepare: touches, Verify: has},
		sdktest.Case{Name: "unless holds", Args: with("unless", list("test", "-e", "/tmp/x")), Prepare: already, Same: true},
		sdktest.Case{Name: "removes", Args: values{"argv": list("rm", "/tmp/x"), "removes": cty.StringVal("/tmp/x")}, Prepare: already},
		sdktest.Case{Name: "removed", Args: values{"argv": list("rm", "/tmp/x"), "removes": cty.StringVal("/tmp/x")}, Prepare: touches, Same: true},
		sdktest.Case{Name: "always", Args: touch, Prepare: touches, Verify: has, Unfinished: sdk.Unknown},
		sdktest.Case{Name: "again", Args: with("effect", cty.StringVal("idempotent")), Prepare: touches, Verify: has, Unfinished: sdk.Change},
		sdktest.Case{Name: "read", Args: values{"argv": list("date"), "effect": cty.StringVal("read")}, Prepare: touches, Same: true, Unfinished: sdk.NoChange},
	)
}

func run(t *testing.T, args values, res sdk.CommandResult, err error) (*sdk.ApplyResult, error) {
	t.Helper()
	conn := sdktest.NewConn(t)
	conn.OnRun = func(_ context.Context, cmd sdk.Command) (*sdk.CommandResult, error) {
		if cmd.Argv[0] == "guard" {
			return &sdk.CommandResult{Status: 1}, nil
		}
		return &res, err
	}
	if args["argv"] == cty.NilVal {
		args["argv"] = list("prog", "a b", "", "it's")
	}
	return command.Module{}.Apply(t.Context(), sdktest.Request(t, command.Module{}.Describe(), conn, args, nil))
}

func changedWhen(status, stdout cty.Value) cty.Value {
	return cty.ObjectVal(values{"status": status, "stdout": stdout})
}

func TestChanged(t *testing.T) {
	noStatus, noText := cty.NullVal(cty.List(cty.Number)), cty.NullVal(cty.String)
	out := func(status int, stdout string) sdk.CommandResult {
		return sdk.CommandResult{Status: status, Stdout: []byte(stdout)}
	}
	for name, tt := range map[string]struct {
		when cty.Value
		res  sdk.CommandResult
		want bool
	}{
		"by status":            {changedWhen(numbers(2), noText), out(2, ""), true},
		"not by status":        {changedWhen(numbers(2), noText), out(0, ""), false},
		"by a line":            {changedWhen(noStatus, cty.StringVal("^updated$")), out(0, "looking\nupdated\r\n"), true},
		"not by part of lines": {changedWhen(noStatus, cty.StringVal("^updated$")), out(0, "not updated\n"), false},
		"both":                 {changedWhen(numbers(0), cty.StringVal("up")), out(0, "up"), true},
		"one of both":          {changedWhen(numbers(3), cty.StringVal("up")), out(0, "up"), false},
	} {
		got, err := run(t, values{"changed_when": tt.when}, tt.res, nil)
		if err != nil || got.Changed != tt.want || (len(got.Diff) > 0) != tt.want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestOutputs(t *testing.T) {
	got, err := run(t, values{"ok_status": numbers(0, 3)}, sdk.CommandResult{Status: 3, Stdout: []byte(" a\nb\n\n"), Stderr: []byte("\xffe\r\n")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := cty.ObjectVal(values{"stdout": cty.StringVal(" a\nb"), "stderr": cty.StringVal("\uFFFDe"), "status": cty.NumberIntVal(3)})
	if !got.Outputs.Value.RawEquals(want) {
		t.Errorf("got %#v", got.Outputs.Value)
	}
	if diff := cmp.Diff([]sdk.Diff{{What: "run", After: `prog 'a b' '' 'it'\''s'`}}, got.Diff); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	got, err = run(t, values{}, sdk.CommandResult{Stdout: make([]byte, 1<<20)}, nil)
	if err != nil || len(got.Notes) != 1 {
		t.Errorf("a cut output: %v, %v", got.Notes, err)
	}
}

func TestFailures(t *testing.T) {
	for _, tt := range []struct {
		name  string
		args  values
		res   sdk.CommandResult
		err   error
		class sdk.Class
		says  string
	}{
		{"status", values{}, sdk.CommandResult{Status: 4, Stderr: []byte("1\n2\n3\n4\n5\n6\nno space\n")}, nil, sdk.Failed, "no space"},
		{"status, stdout only", values{}, sdk.CommandResult{Status: 4, Stdout: []byte("quota")}, nil, sdk.Failed, "quota"},
		{"not found", values{}, sdk.CommandResult{Status: 127}, nil, sdk.Failed, "does not find it"},
		{"not executable", values{}, sdk.CommandResult{Status: 126}, nil, sdk.Failed, "may not be executed"},
		{"signal", values{}, sdk.CommandResult{Status: -1}, nil, sdk.Failed, "signal"},
		{"guard", values{"unless": list("guard")}, sdk.CommandResult{}, nil, sdk.Failed, "guard does not hold"},
		{"creates", values{"creates": cty.StringVal("/tmp/none")}, sdk.CommandResult{}, nil, sdk.Failed, "guard does not hold"},
		{"once, too late", values{}, sdk.CommandResult{}, context.DeadlineExceeded, sdk.Uncertain, "within the task's time"},
		{"idempotent, too late", values{"effect": cty.StringVal("idempotent")}, sdk.CommandResult{}, context.DeadlineExceeded, sdk.Timeout, ""},
		{"once, lost", values{}, sdk.CommandResult{}, sdk.ErrUnreachable, sdk.Uncertain, "unreachable"},
		{"idempotent, lost", values{"effect": cty.StringVal("idempotent")}, sdk.CommandResult{}, sdk.ErrUnreachable, sdk.Unreachable, ""},
		{"interrupted", values{"effect": cty.StringVal("idempotent")}, sdk.CommandResult{}, context.Canceled, sdk.Timeout, "interrupted"},
		{"refused", values{}, sdk.CommandResult{}, errors.New("administratively prohibited"), sdk.Failed, "prohibited"},
		{"known only late", values{"argv": list("a\nb")}, sdk.CommandResult{}, nil, sdk.Failed, "line break"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := run(t, tt.args, tt.res, tt.err)
			f := (*sdk.Failure)(nil)
			if !errors.As(err, &f) || f.Class != tt.class || !strings.Contains(f.Error(), tt.says) {
				t.Errorf("got %+v", err)
			}
		})
	}
}

func TestGuardCannotRun(t *testing.T) {
	conn := sdktest.NewConn(t)
	conn.Commands = map[string]sdk.CommandResult{"tset -e x": {Status: 127, Stderr: []byte("tset: not found")}}
	_, err := command.Module{}.Check(t.Context(), sdktest.Request(t, command.Module{}.Describe(), conn, values{"argv": list("x"), "unless": list("tset", "-e", "x")}, nil))
	f := (*sdk.Failure)(nil)
	if !errors.As(err, &f) || f.Arg != "unless" {
		t.Errorf("got %+v", err)
	}
}

func TestValidate(t *testing.T) {
	str := cty.StringVal
	for name, tt := range map[string]struct {
		args values
		want string
	}{
		"good":            {values{"argv": list("sh", "-c", "a | b")}, ""},
		"no program":      {values{"argv": cty.ListValEmpty(cty.String)}, "argv: argv names no program"},
		"blank program":   {values{"argv": list(" ")}, "argv[0]: argv names no program"},
		"one line":        {values{"argv": list("ls -l /tmp")}, `argv[0]: a program's name with blanks in it Write ["ls", "-l", "/tmp"].`},
		"line break":      {values{"argv": list("sh", "-c", "a\nb")}, `argv[2]: a word holds a line break or NUL Give a script of several lines as stdin to ["sh"].`},
		"null word":       {values{"argv": cty.ListVal([]cty.Value{str("a"), cty.NullVal(cty.String)})}, "argv[1]: a word of it is null"},
		"relative":        {values{"argv": list("a"), "creates": str("b")}, `creates: "b" is no path on a host Begin it with / or ~/.`},
		"status":          {values{"argv": list("a"), "ok_status": numbers(0, 256)}, "ok_status[1]: an exit status is a whole number from 0 to 255"},
		"no rule":         {values{"argv": list("a"), "changed_when": changedWhen(cty.NullVal(cty.List(cty.Number)), cty.NullVal(cty.String))}, "changed_when: changed_when says nothing Give status, stdout or both."},
		"bad expression":  {values{"argv": list("a"), "changed_when": changedWhen(cty.NullVal(cty.List(cty.Number)), str("("))}, "changed_when.stdout: stdout is no regular expression"},
		"read and guards": {values{"argv": list("a"), "effect": str("read"), "creates": str("/b")}, `creates: effect = "read" and creates contradict each other Leave one of the two out.`},
	} {
		req := sdktest.Request(t, command.Module{}.Describe(), nil, tt.args, nil)
		var got []string
		for _, p := range (command.Module{}).Validate(t.Context(), req) {
			got = append(got, strings.TrimSpace(p.Arg+": "+p.Summary+" "+p.Advice))
		}
		if s := strings.Join(got, "\n"); s != tt.want {
			t.Errorf("%s: %q, want %q", name, s, tt.want)
		}
	}
}
