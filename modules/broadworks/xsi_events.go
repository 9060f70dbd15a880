package broadworks

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/plugins/sdk"
)

const (
	xsiEventsContext = "/Applications/Xsi-Events/GeneralSettings"
	callControlName  = "callControlApplicationName"
	callControlArg   = "call_control_application_name"
)

// XsiEvents is the module xsi_events.
type XsiEvents struct{}

// Describe says what the module takes and is.
func (XsiEvents) Describe() sdk.Description {
	return sdk.Description{
		Name:    "xsi_events",
		Summary: "Reads, and keeps where asked, the call control application name of Xsi-Events, on an XSP or ADP.",
		Doc: "Reads `" + callControlName + "` in `X_CLI" + xsiEventsContext + "`" + `. All Xsi-Events that serve Webex must have the same
one, or subscriptions go astray: a check block compares the output over all hosts before anything changes.

Without ` + "`" + callControlArg + "`" + ` nothing is ever changed. With it the name is set and read back: changing it ends existing
subscriptions, so do that only where the name is wrong. It fails on a host without Xsi-Events; muster does not install it.
It fails, too, where ` + "`bwshowver`" + ` lists more than one Xsi-Events: the guide allows one on a server that serves CTI. Releases whose
bwshowver lists no applications are not judged.

Assumed, because it is not published: a changed name takes effect with a restart.`,
		Example: `task "xsi_events" "name" {}`,
		Kind:    sdk.State,
		Args: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: callControlArg, Type: cty.String, Doc: "The name to keep; left out, it is only read."},
		}},
		Outputs: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: callControlArg, Type: cty.String, Doc: "The name that the server has."},
		}},
		HostData:  cliData,
		Exclusive: []string{cliResource},
	}
}

// Validate refuses a name that bwcli could not be given.
func (XsiEvents) Validate(_ context.Context, req *sdk.Request) []sdk.Problem {
	return typable(req, callControlArg)
}

// nameSetting is what is wanted, and the name that the server has.
func nameSetting(ctx context.Context, cli *bwcli.CLI, req *sdk.Request) (s settings, is string, err error) {
	s = settings{context: xsiEventsContext, want: map[string]string{}}
	if v := req.Args.Attr(callControlArg); !v.IsNull() {
		s.want[callControlName] = v.AsString()
	}
	l, err := cli.Get(ctx, s.context)
	if lacksContext(err) {
		return s, "", &sdk.Failure{Class: sdk.Failed, Summary: "Xsi-Events is not deployed on this host", Why: "bwcli has no context " + xsiEventsContext,
			State: "nothing was changed", Do: []string{"Install and deploy Xsi-Events: see the Cisco BroadWorks Xtended Services Interface Configuration Guide.",
				"Or leave the host out of the play's hosts pattern."}, Err: err}
	}
	if err != nil {
		return s, "", err
	}
	is, found := l.Value(callControlName)
	if !found {
		return s, "", noSetting(s.context, callControlName, l)
	}
	return s, is, nil
}

var xsiEventsLine = regexp.MustCompile(`(?m)^[ \t]*-[ \t]*Xsi-Events\b.*$`)

// severalInstances is a failure where bwshowver lists Xsi-Events more than once.
func severalInstances(shown string) *sdk.Failure {
	lines := xsiEventsLine.FindAllString(shown, -1)
	if len(lines) < 2 {
		return nil
	}
	return &sdk.Failure{Class: sdk.Failed, Summary: fmt.Sprintf("%d instances of Xsi-Events on this host", len(lines)),
		What: "bwshowver lists:\n" + strings.Join(lines, "\n"), Why: "only one may be deployed on a server that serves the CTI interface",
		State: "nothing was changed", Do: []string{"Undeploy all but one, in Maintenance/ManagedObjects of bwcli."}}
}

func nameOutput(name string) sdk.Object {
	return outputs(map[string]cty.Value{callControlArg: cty.StringVal(name)})
}

// Check reads the name.
func (XsiEvents) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	return xspSettings(ctx, req, "xsi_events", func(cli *bwcli.CLI) (*sdk.CheckResult, error) {
		s, is, err := nameSetting(ctx, cli, req)
		if err != nil {
			return nil, err
		}
		if shown, err := req.Conn.Run(ctx, sdk.Command{Argv: []string{"bwshowver"}, Effect: sdk.Read}); err == nil && shown.Status == 0 {
			if f := severalInstances(string(shown.Stdout)); f != nil {
				return nil, f
			}
		}
		res := &sdk.CheckResult{Verdict: sdk.NoChange, Outputs: nameOutput(is)}
		if want, given := s.want[callControlName]; given && want != is {
			res.Verdict, res.Diff = sdk.Change, []sdk.Diff{{What: callControlName, Before: is, After: want}}
			res.Notes = []string{"changing the name ends the subscriptions made under the old one"}
			res.Outputs = nameOutput(want)
		}
		return res, nil
	})
}

// Apply sets the name where one is given.
func (XsiEvents) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	return xspSettings(ctx, req, "xsi_events", func(cli *bwcli.CLI) (*sdk.ApplyResult, error) {
		s, is, err := nameSetting(ctx, cli, req)
		if err != nil {
			return nil, err
		}
		diff, notes, err := s.apply(ctx, cli)
		if err != nil {
			return nil, err
		}
		if len(diff) > 0 {
			is = diff[0].After
		}
		return &sdk.ApplyResult{Changed: len(diff) > 0, Diff: diff, Notes: notes, Outputs: nameOutput(is)}, nil
	})
}
