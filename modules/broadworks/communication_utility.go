package broadworks

import (
	"context"
	"fmt"
	"regexp"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/plugins/sdk"
)

const utilityContext = "/System/CommunicationUtility/DefaultSettings"

// CommunicationUtility is the module communication_utility.
type CommunicationUtility struct{}

// Describe says what the module takes and is.
func (CommunicationUtility) Describe() sdk.Description {
	return sdk.Description{
		Name:    "communication_utility",
		Summary: "Keeps settings of the BroadWorks Communications Utility at given values, on an XSP or ADP.",
		Doc: "Sets what differs in `X_CLI" + utilityContext + "`" + `, one setting a command, and reads all of them back. Settings that are not named are
left alone. A name that ` + "`get`" + ` does not print is an error that lists those it prints.

Directory synchronisation wants ` + "`userTransactionLimit`" + ` of at least 100 and ` + "`transactionLimitPeriodSecs`" + ` of 1.

Assumed, because it is not published: whether a restart is needed. Notify a restart where the server says so: the result's
notes tell.`,
		Example: `task "communication_utility" "directory_sync" {
  settings = {
    userTransactionLimit       = "100"
    transactionLimitPeriodSecs = "1"
  }
}`,
		Kind: sdk.State,
		Args: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: "settings", Type: cty.Map(cty.String), Required: true, Doc: "Values by the setting's name, as bwcli prints it."},
		}},
		HostData:  cliData,
		Exclusive: []string{cliResource},
	}
}

var settingName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]*$`)

// Validate refuses names and values that bwcli could not be given.
func (CommunicationUtility) Validate(_ context.Context, req *sdk.Request) (out []sdk.Problem) {
	if !req.Args.Known("settings") {
		return nil
	}
	all := req.Args.Attr("settings").AsValueMap()
	if len(all) == 0 {
		return []sdk.Problem{{Arg: "settings", Summary: "settings names nothing"}}
	}
	for name, v := range all {
		at := fmt.Sprintf("settings[%q]", name)
		switch {
		case !settingName.MatchString(name):
			out = append(out, sdk.Problem{Arg: at, Summary: fmt.Sprintf("%q is no name of a setting", name)})
		case v.IsNull():
			out = append(out, sdk.Problem{Arg: at, Summary: name + " is null", Advice: "Leave the setting out to leave it alone."})
		default:
			if err := bwcli.CheckValue(v.AsString()); err != nil {
				out = append(out, sdk.Problem{Arg: at, Summary: name + " cannot be typed in bwcli", Detail: err.Error()})
			}
		}
	}
	return out
}

func (CommunicationUtility) settings(req *sdk.Request) settings {
	s := settings{context: utilityContext, want: map[string]string{}}
	for name, v := range req.Args.Attr("settings").AsValueMap() {
		s.want[name] = v.AsString()
	}
	return s
}

// Check reads the settings.
func (m CommunicationUtility) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	return m.settings(req).check(ctx, req, "communication_utility")
}

// Apply sets those that differ.
func (m CommunicationUtility) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	return m.settings(req).applyTo(ctx, req, "communication_utility")
}
