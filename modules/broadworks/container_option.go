package broadworks

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/plugins/sdk"
)

const containerContext = "/Maintenance/ContainerOptions"

// ContainerOption is the module container_option: one option of a container such as tomcat.
type ContainerOption struct{}

// Describe says what the module takes and is.
func (ContainerOption) Describe() sdk.Description {
	return sdk.Description{
		Name:    "container_option",
		Summary: "Keeps one option of a container, such as tomcat, at a value.",
		Doc: "Adds the option in `" + containerContext + "`" + ` and reads it back. It takes effect with a restart; what is in effect before that is
not shown by the server.

Assumed, because only ` + "`add CONTAINER KEY VALUE`" + ` is published: ` + "`get`" + ` lists container, key and value; an option that has another value is
deleted and added anew, which the plan shows as a change of its value.`,
		Example: `task "container_option" "authservice" {
  container = "tomcat"
  key       = "bw.authservice.authServiceUrl"
  value     = "http://127.0.0.1/authService"
  notify    = [handler.restart]
}`,
		Kind: sdk.State,
		Args: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: "container", Type: cty.String, Default: cty.StringVal("tomcat"), Doc: "Container; tomcat, platform and provisioning are published."},
			{Name: "key", Type: cty.String, Required: true, Doc: "Name of the option."},
			{Name: "value", Type: cty.String, Doc: "Its value; not with ensure = \"absent\"."},
			{Name: "ensure", Type: cty.String, Default: cty.StringVal("present"), OneOf: []string{"present", "absent"}, Doc: "Whether the option is there."},
		}},
		HostData:  cliData,
		Exclusive: []string{cliResource},
	}
}

// Validate refuses what bwcli could not be given, and a value that is missing or too much.
func (ContainerOption) Validate(_ context.Context, req *sdk.Request) (out []sdk.Problem) {
	for _, arg := range []string{"container", "key", "value"} {
		out = append(out, typable(req, arg)...)
	}
	for _, arg := range []string{"container", "key"} {
		if req.Args.Known(arg) && strings.ContainsAny(req.Args.Attr(arg).AsString(), " =") {
			out = append(out, sdk.Problem{Arg: arg, Summary: arg + " is one word"})
		}
	}
	value := req.Args.Attr("value")
	if !req.Args.Known("ensure") || !value.IsKnown() {
		return out
	}
	switch absent := req.Args.Attr("ensure").AsString() == "absent"; {
	case absent && !value.IsNull():
		out = append(out, sdk.Problem{Arg: "value", Summary: "value has no meaning for an option that is to be absent"})
	case !absent && value.IsNull():
		out = append(out, sdk.Problem{Arg: "value", Summary: "value is missing", Advice: `Give a value, or ensure = "absent".`})
	}
	return out
}

// option is one option as it is wanted.
type option struct {
	Container string  `cty:"container"`
	Key       string  `cty:"key"`
	Value     *string `cty:"value"`
	Ensure    string  `cty:"ensure"`
}

// read returns the option's value as the server shows it.
func (o option) read(ctx context.Context, cli *bwcli.CLI) (value string, found bool, err error) {
	l, err := cli.Get(ctx, containerContext)
	if err != nil {
		return "", false, err
	}
	if value, found = o.find(l); !found && strings.Contains(strings.ToLower(l.Text), strings.ToLower(o.Key)) && l.Column("container") < 0 {
		return "", false, &sdk.Failure{Class: sdk.Failed, Summary: "could not read the option " + o.Key,
			What: "get printed: " + brief(l.Text), Why: "the option is named there in a form that is not understood", State: "nothing was changed"}
	}
	return value, found, nil
}

// find looks the option up.
//
// assumed: no listing is published; a table with or without a column for the container, and lines KEY = VALUE are taken.
func (o option) find(l *bwcli.Listing) (string, bool) {
	container := l.Column("container") >= 0
	for _, row := range l.Rows {
		// Cells are known by what they hold: in a table aligned by hand columns do not tell.
		key := slices.IndexFunc(row, o.named)
		if key < 0 || container && !holds(row, o.Container) {
			continue
		}
		for _, cell := range row[key+1:] {
			if cell != "" && !strings.EqualFold(cell, o.Container) {
				return cell, true
			}
		}
		return "", true
	}
	for _, p := range l.Pairs {
		if o.named(p[0]) {
			return p[1], true
		}
	}
	if l.Header != nil || len(l.Pairs) > 0 {
		return "", false
	}
	for _, line := range l.List() {
		name, value, _ := strings.Cut(strings.TrimSpace(strings.TrimPrefix(line, o.Container+" ")), " ")
		if o.named(strings.Trim(name, ":=")) {
			return strings.Trim(value, ":= "), true
		}
	}
	return "", false
}

// named compares a cell with the option's name, alone or behind its container's.
func (o option) named(cell string) bool {
	if rest, ok := strings.CutPrefix(cell, o.Container); ok && rest != "" && strings.ContainsRune(" ./:", rune(rest[0])) {
		cell = rest[1:]
	}
	return strings.EqualFold(strings.TrimSpace(cell), o.Key)
}

// diff says what would change; nil when nothing would.
func (o option) diff(is string, found bool) []sdk.Diff {
	d := sdk.Diff{What: o.Container + " " + o.Key, Before: is}
	if o.Ensure != "absent" {
		d.After = *o.Value
	}
	if found == (o.Ensure != "absent") && (!found || sameValue(is, d.After)) {
		return nil
	}
	return []sdk.Diff{d}
}

func decodeOption(req *sdk.Request) (o option, err error) {
	if err = req.Args.Decode(&o); err == nil && o.Ensure != "absent" && o.Value == nil {
		err = &sdk.Failure{Class: sdk.Failed, Summary: "value is missing", Arg: "value"}
	}
	return o, err
}

// Check reads the option.
func (ContainerOption) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	o, err := decodeOption(req)
	if err != nil {
		return nil, err
	}
	cli, err := open(ctx, req)
	if err != nil {
		return nil, err
	}
	defer cli.Close()
	is, found, err := o.read(ctx, cli)
	if err != nil {
		return nil, err
	}
	if diff := o.diff(is, found); diff != nil {
		return &sdk.CheckResult{Verdict: sdk.Change, Diff: diff}, nil
	}
	return &sdk.CheckResult{Verdict: sdk.NoChange}, nil
}

// Apply adds or deletes it.
func (ContainerOption) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	o, err := decodeOption(req)
	if err != nil {
		return nil, err
	}
	cli, err := open(ctx, req)
	if err != nil {
		return nil, err
	}
	defer cli.Close()
	is, found, err := o.read(ctx, cli)
	if err != nil {
		return nil, err
	}
	diff := o.diff(is, found)
	if diff == nil {
		return &sdk.ApplyResult{}, nil
	}
	if found {
		// assumed: set is not published for this context, so a value that differs is deleted and added anew.
		err = o.do(ctx, cli, "could not delete the option "+o.Key, "delete", o.Container, o.Key)
	}
	if err == nil && o.Ensure != "absent" {
		err = o.do(ctx, cli, fmt.Sprintf("could not add the option %s to %s", o.Key, o.Container), "add", o.Container, o.Key, *o.Value)
	}
	if err != nil {
		return nil, err
	}
	return &sdk.ApplyResult{Changed: true, Diff: diff, Notes: []string{"it takes effect with a restart"}}, nil
}

// do types one command and reads back that it took effect.
func (o option) do(ctx context.Context, cli *bwcli.CLI, summary string, words ...string) error {
	done := func(ctx context.Context) (bool, error) {
		is, found, err := o.read(ctx, cli)
		if words[0] == "delete" {
			return !found, err
		}
		return found && sameValue(is, *o.Value), err
	}
	answer, err := cli.Do(ctx, bwcli.Command{Context: containerContext, Words: words, Effect: sdk.Once, Foreseen: bwcli.Plain, Proof: done})
	if err != nil {
		return err
	}
	if ok, err := done(ctx); err != nil || ok {
		return err
	}
	is, found, err := o.read(ctx, cli)
	if err != nil {
		return err
	}
	state := "the option is not there"
	if found {
		state = fmt.Sprintf("the option is %q", is)
	}
	return answer.Refused(summary, state)
}
