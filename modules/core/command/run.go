package command

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/modules/core/internal/problem"
	"github.com/muster-run/muster/plugins/sdk"
)

// cutAt is what the connection keeps of a stream, in bytes.
const cutAt = 1 << 20

// job is one task's program.
type job struct {
	Argv        []string `cty:"argv"`
	Creates     *string  `cty:"creates"`
	Removes     *string  `cty:"removes"`
	Unless      []string `cty:"unless"`
	Stdin       *string  `cty:"stdin"`
	OKStatus    []int    `cty:"ok_status"`
	Effect      string   `cty:"effect"`
	ChangedWhen *struct {
		Status []int   `cty:"status"`
		Stdout *string `cty:"stdout"`
	} `cty:"changed_when"`

	req *sdk.Request
}

func newJob(ctx context.Context, req *sdk.Request) (*job, error) {
	if err := problem.Failure(Module{}.Validate(ctx, req)); err != nil {
		return nil, err
	}
	j := &job{req: req}
	return j, req.Args.Decode(j)
}

// Check asks the guards; a program that only reads is run.
func (Module) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	j, err := newJob(ctx, req)
	if err != nil {
		return nil, err
	}
	if j.Effect == string(sdk.Read) { // an earlier attempt left nothing behind
		res, err := j.run(ctx)
		if err != nil {
			return nil, err
		}
		return &sdk.CheckResult{Verdict: sdk.NoChange, Notes: append(cutNotes(res), j.readNotes()...), Outputs: outputs(res)}, nil
	}
	why, err := j.done(ctx)
	if err != nil {
		return nil, err
	}
	if req.Unfinished != nil {
		return j.unfinished(why), nil
	}
	if why != "" {
		req.Report.Log("nothing to do: " + why)
		return &sdk.CheckResult{Verdict: sdk.NoChange}, nil
	}
	return &sdk.CheckResult{Verdict: sdk.Change, Diff: j.diff()}, nil
}

// unfinished judges an earlier attempt by the guards, as why says they answered: nothing else tells what a program did.
func (j *job) unfinished(why string) *sdk.CheckResult {
	switch {
	case why != "":
		return &sdk.CheckResult{Verdict: sdk.NoChange, Notes: []string{"the earlier attempt was done: " + why}}
	case j.guarded():
		return &sdk.CheckResult{Verdict: sdk.Change, Diff: j.diff(),
			Notes: []string{"an earlier attempt was started, and by the task's guard it was not done"}}
	case j.Effect == string(sdk.Once):
		return &sdk.CheckResult{Verdict: sdk.Unknown, Reason: "no creates, removes or unless of the task tells whether the program ran"}
	}
	return &sdk.CheckResult{Verdict: sdk.Change, Diff: j.diff()}
}

func (j *job) readNotes() []string {
	if j.req.Unfinished == nil {
		return nil
	}
	return []string{"the program changes nothing, so that it was simply run again"}
}

func (j *job) guarded() bool { return j.Creates != nil || j.Removes != nil || j.Unless != nil }

func (j *job) diff() []sdk.Diff { return []sdk.Diff{{What: "run", After: shown(j.Argv)}} }

// Apply runs the program and asks the guards again.
func (Module) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	j, err := newJob(ctx, req)
	if err != nil {
		return nil, err
	}
	res, err := j.run(ctx)
	if err != nil {
		return nil, err
	}
	if err := j.proved(ctx, res); err != nil {
		return nil, err
	}
	out := &sdk.ApplyResult{Changed: j.changed(res), Notes: cutNotes(res), Outputs: outputs(res)}
	if out.Changed {
		out.Diff = j.diff()
	}
	return out, nil
}

// done asks the guards; why is what says that there is nothing to do, empty when none does.
func (j *job) done(ctx context.Context) (why string, err error) {
	for _, g := range []struct {
		path  *string
		there bool
		why   string
	}{{j.Creates, true, "is there"}, {j.Removes, false, "is not there"}} {
		if g.path == nil {
			continue
		}
		_, err := j.req.Conn.Stat(ctx, *g.path)
		if err != nil && !errors.Is(err, sdk.ErrNotExist) {
			return "", hostFailure("could not look for "+*g.path, sdk.Read, err)
		}
		if (err == nil) == g.there {
			return *g.path + " " + g.why, nil
		}
	}
	if len(j.Unless) == 0 {
		return "", nil
	}
	res, err := j.req.Conn.Run(ctx, sdk.Command{Argv: j.Unless, Effect: sdk.Read})
	switch {
	case err != nil:
		return "", hostFailure("could not run "+shown(j.Unless), sdk.Read, err)
	case res.Status == 126 || res.Status == 127:
		f := j.failure(j.Unless, res, "the guard `unless` cannot be run")
		f.Arg, f.State = "unless", "nothing was changed"
		return "", f
	case res.Status == 0:
		return shown(j.Unless) + " ends with status 0", nil
	}
	return "", nil
}

// proved fails where a guard denies what the program reported.
func (j *job) proved(ctx context.Context, res *sdk.CommandResult) error {
	if !j.guarded() {
		return nil
	}
	why, err := j.done(ctx)
	if err != nil || why != "" {
		return err
	}
	f := j.failure(j.Argv, res, "the program reports success, but its guard does not hold")
	f.Why = "the next run would do it all again"
	f.State = "the program ran to its end"
	f.Do = []string{"Compare what it did with what creates, removes or unless looks for."}
	return f
}

// run runs the program and judges its status.
func (j *job) run(ctx context.Context) (*sdk.CommandResult, error) {
	cmd := sdk.Command{Argv: j.Argv, Effect: sdk.Effect(j.Effect)}
	if j.Stdin != nil {
		cmd.Stdin = []byte(*j.Stdin)
	}
	j.req.Report.Progress("running " + shown(j.Argv))
	res, err := j.req.Conn.Run(ctx, cmd)
	if err != nil {
		return nil, hostFailure("no end of "+shown(j.Argv), cmd.Effect, err)
	}
	for _, out := range []struct{ name, text string }{{"stdout", plain(res.Stdout)}, {"stderr", plain(res.Stderr)}} {
		if out.text != "" {
			j.req.Report.Log(out.name + ": " + out.text)
		}
	}
	if !j.ok(res.Status) {
		return nil, j.failure(j.Argv, res, "the program failed")
	}
	return res, nil
}

func (j *job) ok(status int) bool {
	return slices.Contains(j.OKStatus, status) || j.ChangedWhen != nil && slices.Contains(j.ChangedWhen.Status, status)
}

func (j *job) changed(res *sdk.CommandResult) bool {
	w := j.ChangedWhen
	if w == nil {
		return j.Effect != string(sdk.Read)
	}
	if w.Status != nil && !slices.Contains(w.Status, res.Status) {
		return false
	}
	return w.Stdout == nil || matches(*w.Stdout, res.Stdout)
}

// matches reports whether some line matches; Validate compiled the expression.
func matches(expr string, out []byte) bool {
	re, err := regexp.Compile(expr)
	if err != nil {
		return false
	}
	for line := range strings.Lines(plain(out)) {
		if re.MatchString(strings.TrimRight(line, "\r\n")) {
			return true
		}
	}
	return false
}

func outputs(res *sdk.CommandResult) sdk.Object {
	return sdk.Object{Value: cty.ObjectVal(map[string]cty.Value{
		"stdout": cty.StringVal(plain(res.Stdout)), "stderr": cty.StringVal(plain(res.Stderr)), "status": cty.NumberIntVal(int64(res.Status)),
	})}
}

func plain(b []byte) string {
	return strings.TrimRight(strings.ToValidUTF8(string(b), "\uFFFD"), "\r\n")
}

func cutNotes(res *sdk.CommandResult) (notes []string) {
	if len(res.Stdout) >= cutAt || len(res.Stderr) >= cutAt {
		notes = append(notes, "only the first MiB of the output is kept")
	}
	return notes
}
