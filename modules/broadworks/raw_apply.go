package broadworks

import (
	"context"
	"fmt"
	"strings"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/plugins/sdk"
)

// rawJob is one task on one host.
type rawJob struct {
	Context      string              `cty:"context"`
	Read         []string            `cty:"read"`
	Want         map[string]string   `cty:"want"`
	WantRows     []map[string]string `cty:"want_rows"`
	UnwantedRows []map[string]string `cty:"unwanted_rows"`
	IgnoreCase   bool                `cty:"ignore_case"`
	Do           [][]string          `cty:"do"`
	Effect       string              `cty:"effect"`
	Confirm      []string            `cty:"confirm"`
	Secrets      []rawSecret         `cty:"secret"`

	want rawWant
	cli  *bwcli.CLI
}

type rawSecret struct {
	Prompt string     `cty:"prompt"`
	Value  sdk.Handle `cty:"value"`
}

// newRawJob decodes the arguments and judges again those that Validate may not have known.
func newRawJob(ctx context.Context, req *sdk.Request) (*rawJob, error) {
	if found := (Raw{}).Validate(ctx, req); len(found) > 0 {
		p := found[0]
		f := &sdk.Failure{Class: sdk.Failed, Summary: p.Summary, Why: p.Detail, Arg: p.Arg, State: "nothing was sent"}
		if p.Advice != "" {
			f.Do = []string{p.Advice}
		}
		return nil, f
	}
	j := &rawJob{}
	if err := req.Args.Decode(j); err != nil {
		return nil, err
	}
	j.want = rawWant{j.Want, j.WantRows, j.UnwantedRows, j.IgnoreCase}
	if j.Read == nil && !j.want.nothing() {
		j.Read = []string{"get"}
	}
	return j, nil
}

// look reads the listing and compares; without one there is nothing to compare.
func (j *rawJob) look(ctx context.Context) (*bwcli.Listing, []sdk.Diff, error) {
	if j.Read == nil {
		return nil, nil, nil
	}
	l, err := j.cli.Get(ctx, j.Context, j.Read[1:]...)
	if err != nil {
		return nil, nil, err
	}
	diff, err := j.want.compare(l)
	return l, diff, err
}

func (j *rawJob) typed() (out []sdk.Diff) {
	for _, words := range j.Do {
		out = append(out, sdk.Diff{What: "type in " + j.Context, After: strings.Join(words, " ")})
	}
	return out
}

// Check reads and compares.
func (Raw) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	j, err := newRawJob(ctx, req)
	if err != nil {
		return nil, err
	}
	if j.cli, err = open(ctx, req); err != nil {
		return nil, err
	}
	defer j.cli.Close()
	l, diff, err := j.look(ctx)
	if err != nil {
		return nil, err
	}
	out := &sdk.CheckResult{Verdict: sdk.NoChange}
	if l != nil {
		out.Outputs = rawOutputs(l)
	}
	switch {
	case len(j.Do) == 0 && len(diff) > 0:
		return nil, j.notAsWanted(l, diff, nil)
	case len(j.Do) > 0 && (len(diff) > 0 || j.want.nothing()):
		out.Verdict, out.Diff = sdk.Change, append(diff, j.typed()...)
		if j.want.nothing() {
			out.Notes = []string{"typed by every apply: the task does not say what is wanted"}
		}
	}
	return out, nil
}

// Apply types the commands and reads back.
func (Raw) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	j, err := newRawJob(ctx, req)
	if err != nil {
		return nil, err
	}
	if j.cli, err = open(ctx, req); err != nil {
		return nil, err
	}
	defer j.cli.Close()
	l, before, err := j.look(ctx)
	if err != nil {
		return nil, err
	}
	out := &sdk.ApplyResult{}
	if l != nil {
		out.Outputs = rawOutputs(l)
	}
	switch {
	case len(j.Do) == 0 && len(before) > 0:
		return nil, j.notAsWanted(l, before, nil)
	case len(j.Do) == 0 || len(before) == 0 && !j.want.nothing():
		return out, nil
	}
	answers, err := j.typeAll(ctx)
	if err != nil {
		return nil, err
	}
	out.Changed, out.Diff = true, append(before, j.typed()...)
	for _, a := range answers {
		if a.Restart {
			out.Notes = []string{"the server says that it needs a restart"}
		}
	}
	l, after, err := j.look(ctx)
	if err != nil {
		return nil, err
	}
	if l != nil {
		out.Outputs = rawOutputs(l)
	}
	if len(after) > 0 {
		return nil, j.notAsWanted(l, after, answers)
	}
	return out, nil
}

// typeAll types the commands up to the first that is refused. A refusal ends it, unless the listing shows what is wanted.
func (j *rawJob) typeAll(ctx context.Context) (answers []*bwcli.Answer, err error) {
	for i, words := range j.Do {
		cmd := bwcli.Command{Context: j.Context, Words: words, Effect: sdk.Effect(j.Effect), Foreseen: j.foreseen, Secret: j.secret}
		if i == len(j.Do)-1 && !j.want.nothing() {
			cmd.Proof = func(ctx context.Context) (bool, error) {
				_, diff, err := j.look(ctx)
				return len(diff) == 0, err
			}
		}
		a, err := j.cli.Do(ctx, cmd)
		if err != nil {
			return nil, err
		}
		answers = append(answers, a)
		switch {
		case a.Refusal == "" && (a.OK() || !j.want.nothing()):
			continue
		case j.want.nothing():
			return nil, j.refused(a, i)
		}
		if _, diff, err := j.look(ctx); err != nil || len(diff) > 0 {
			return nil, j.refused(a, i)
		}
		return answers, nil
	}
	return answers, nil
}

func (j *rawJob) refused(a *bwcli.Answer, i int) error {
	state := "nothing was changed by this command"
	if i > 0 {
		state = fmt.Sprintf("%d of %d commands were typed before it", i, len(j.Do))
	}
	f := a.Refused(fmt.Sprintf("%s in %s did not succeed", j.Do[i][0], j.Context), state)
	if a.Refusal == "" {
		f.Why, f.State = "its answer is no known success, and the task does not say what a listing should show", "it may have taken effect"
		f.Do = []string{"Say what a listing should show: want or want_rows."}
	}
	f.Arg = fmt.Sprintf("do[%d]", i)
	return f
}

// foreseen says yes to the questions that the task names.
func (j *rawJob) foreseen(question string) bool {
	for _, part := range j.Confirm {
		if asks(question, part) {
			return true
		}
	}
	return false
}

func (j *rawJob) secret(question string) *sdk.Handle {
	for i, s := range j.Secrets {
		if asks(question, s.Prompt) {
			return &j.Secrets[i].Value
		}
	}
	return nil
}

// asks compares without regard to case and to how blanks stand.
func asks(question, part string) bool {
	flat := func(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }
	return strings.Contains(flat(question), flat(part))
}

// notAsWanted is what a listing does not show, after the commands or without any.
func (j *rawJob) notAsWanted(l *bwcli.Listing, diff []sdk.Diff, answers []*bwcli.Answer) error {
	var missing []string
	for _, d := range diff {
		switch {
		case d.After == "":
			missing = append(missing, fmt.Sprintf("%s: %s is there", d.What, d.Before))
		case d.Before == "":
			missing = append(missing, fmt.Sprintf("%s: %s is missing", d.What, d.After))
		default:
			missing = append(missing, fmt.Sprintf("%s: %s, wanted %s", d.What, d.Before, d.After))
		}
	}
	f := &sdk.Failure{Class: sdk.Failed, Summary: j.Context + " is not as wanted", Why: strings.Join(missing, "; "),
		What: "get printed: " + brief(l.Text), State: "nothing was changed"}
	if answers != nil {
		f.Summary = j.Context + " does not show what was wanted after the commands"
		f.State = "all commands were typed"
		last := answers[len(answers)-1]
		f.What = fmt.Sprintf("typed: %s\nanswered: %s\n%s", last.Typed, brief(last.Text), f.What)
		f.Do = []string{"Type the last command by hand, with help before it, and compare names with what get prints."}
	}
	return f
}
