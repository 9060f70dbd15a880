package main

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/plugins/sdk"
)

// faulty is a module that does to the engine whatever a bad one may do. The test binary serves it, as a plugin of its own.
type faulty struct{}

type faultyArgs struct {
	Do    string  `cty:"do"`
	Begin *string `cty:"begin"`
	End   *string `cty:"end"`
}

func (faulty) Describe() sdk.Description {
	return sdk.Description{
		Name: "faulty", Summary: "Fails as it is told.", Kind: sdk.State,
		Args: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: "do", Type: cty.String, Required: true, Doc: "What happens in Apply.", OneOf: []string{"nothing", "panic", "exit", "hang", "fail", "wait"}},
			{Name: "begin", Type: cty.String, Doc: "Named pipe that is written when Apply has begun."},
			{Name: "end", Type: cty.String, Doc: "Named pipe that is read before Apply ends."},
		}},
	}
}

func (faulty) Check(_ context.Context, _ *sdk.Request) (*sdk.CheckResult, error) {
	return &sdk.CheckResult{Verdict: sdk.Change, Diff: []sdk.Diff{{What: "mischief", After: "managed"}}}, nil
}

func (faulty) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	var args faultyArgs
	if err := req.Args.Decode(&args); err != nil {
		return nil, err
	}
	done := &sdk.ApplyResult{Changed: true, Diff: []sdk.Diff{{What: "mischief", After: "managed"}}}
	switch args.Do {
	case "panic":
		panic("a bug of the module: \x1b[31mred\x1b[0m")
	case "exit":
		os.Exit(7)
	case "hang":
		<-ctx.Done()
		return nil, ctx.Err()
	case "fail":
		return nil, &sdk.Failure{Class: sdk.Failed, Summary: "mischief could not be managed", What: "swear -> refused",
			Why: "The map is blank.", State: "Nothing was changed.", Do: []string{"Ask Peeves."}, Arg: "do"}
	case "wait":
		if err := os.WriteFile(*args.Begin, nil, 0); err != nil { // opens only when the script reads
			return nil, err
		}
		if _, err := os.ReadFile(*args.End); err != nil {
			return nil, err
		}
	}
	return done, nil
}

// faultyCommand makes the plugin directory $WORK/plugins with the faulty plugin in it.
func faultyCommand(ts *testscript.TestScript, _ bool, _ []string) {
	self, err := exec.LookPath("muster-plugin-faulty")
	ts.Check(err)
	dir := ts.MkAbs("plugins")
	ts.Check(os.MkdirAll(dir, 0o755))
	ts.Check(os.Chmod(dir, 0o755))
	binary, err := os.ReadFile(self)
	ts.Check(err)
	ts.Check(os.WriteFile(filepath.Join(dir, "muster-plugin-faulty"), binary, 0o755))
}

type linesKey struct{}

// meetCommand meets the other end of named pipes, which waits there:
//
//	meet make PIPE...      makes them
//	meet begin PIPE        returns when the other end has opened it to write
//	meet end PIPE          returns when the other end has opened it to read
//	meet read PIPE         reads lines that come, until the other end closes it
//	meet line PIPE TEXT    returns when a line with the text has come
func meetCommand(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: meet make|begin|end|read|line PIPE")
	}
	lines := ts.Value(linesKey{}).(map[string]<-chan string)
	switch args[0] {
	case "make":
		for _, name := range args[1:] {
			ts.Check(syscall.Mkfifo(ts.MkAbs(name), 0o600))
		}
	case "begin":
		_, err := os.ReadFile(ts.MkAbs(args[1]))
		ts.Check(err)
	case "end":
		ts.Check(os.WriteFile(ts.MkAbs(args[1]), nil, 0))
	case "read":
		lines[args[1]] = linesOf(ts.MkAbs(args[1]))
	case "line":
		timeout := time.After(time.Minute)
		for {
			select {
			case line, open := <-lines[args[1]]:
				if strings.Contains(line, args[2]) {
					return
				}
				if !open {
					ts.Fatalf("no line with %q came from %s", args[2], args[1])
				}
			case <-timeout:
				ts.Fatalf("no line with %q came from %s within a minute", args[2], args[1])
			}
		}
	}
}

// linesOf reads a named pipe to its end. The channel holds more lines than any script makes, so the writer never waits.
func linesOf(pipe string) <-chan string {
	lines := make(chan string, 10_000)
	go func() {
		defer close(lines)
		f, err := os.Open(pipe)
		if err != nil {
			return
		}
		defer f.Close()
		for s := bufio.NewScanner(f); s.Scan(); {
			lines <- s.Text()
		}
	}()
	return lines
}
