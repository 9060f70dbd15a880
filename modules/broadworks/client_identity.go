package broadworks

import (
	"context"
	"fmt"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/plugins/sdk"
)

const identityContext = "/System/ClientIdentity"

// ClientIdentity is the module client_identity: the names of client certificates that an Application Server accepts.
type ClientIdentity struct{}

// Describe says what the module takes and is.
func (ClientIdentity) Describe() sdk.Description {
	return sdk.Description{
		Name:    "client_identity",
		Summary: "Lets clients with a certificate of this common name subscribe to CTI events, on an Application Server.",
		Doc: `Adds the name to ` + "`AS_CLI" + identityContext + "`" + `, unless it is there, and reads the list back.

Names are compared without regard to case. Other entries are left alone. The list replicates from the primary to the
secondary Application Server; a task may run on both, since the second one then finds nothing to do.

Assumed, because no listing is published: the list prints the names as entries of a table or as lines.`,
		Example: `task "client_identity" "webex" {
  name = "bwcticlient.webex.com"
}`,
		Kind: sdk.State,
		Args: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: "name", Type: cty.String, Required: true, Doc: "Common name of the client's certificate."},
		}},
		HostData:  cliData,
		Exclusive: []string{cliResource},
	}
}

// Validate refuses a name that is no common name or that bwcli could not be given.
func (ClientIdentity) Validate(_ context.Context, req *sdk.Request) []sdk.Problem {
	problems := typable(req, "name")
	if problems == nil && req.Args.Known("name") {
		if n := req.Args.Attr("name").AsString(); len(n) > 64 || strings.TrimSpace(n) != n {
			problems = append(problems, sdk.Problem{Arg: "name", Summary: "name is no common name of a certificate",
				Detail: "a common name has at most 64 characters and no blanks around it"})
		}
	}
	return problems
}

// Check looks for the name in the list.
func (ClientIdentity) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	cli, err := open(ctx, req)
	if err != nil {
		return nil, err
	}
	defer cli.Close()
	name := req.Args.Attr("name").AsString()
	there, err := hasIdentity(ctx, cli, name)
	if err != nil || there {
		return &sdk.CheckResult{Verdict: sdk.NoChange}, err
	}
	return &sdk.CheckResult{Verdict: sdk.Change, Diff: identityDiff(name)}, nil
}

func identityDiff(name string) []sdk.Diff { return []sdk.Diff{{What: "client identity", After: name}} }

func hasIdentity(ctx context.Context, cli *bwcli.CLI, name string) (bool, error) {
	if err := cli.Require("client_identity", "AS"); err != nil {
		return false, err
	}
	l, err := cli.Get(ctx, identityContext)
	if err != nil {
		return false, err
	}
	// assumed: no listing of this context is published; every cell is looked at.
	for _, entry := range l.List() {
		if strings.EqualFold(entry, name) {
			return true, nil
		}
	}
	return false, nil
}

// Apply adds the name.
func (ClientIdentity) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	cli, err := open(ctx, req)
	if err != nil {
		return nil, err
	}
	defer cli.Close()
	name := req.Args.Attr("name").AsString()
	there, err := hasIdentity(ctx, cli, name)
	if err != nil || there {
		return &sdk.ApplyResult{}, err
	}
	proof := func(ctx context.Context) (bool, error) { return hasIdentity(ctx, cli, name) }
	answer, err := cli.Do(ctx, bwcli.Command{Context: identityContext, Words: []string{"add", name}, Effect: sdk.Once, Proof: proof})
	if err != nil {
		return nil, err
	}
	if there, err = proof(ctx); err != nil {
		return nil, err
	}
	if !there {
		return nil, answer.Refused(fmt.Sprintf("could not add client identity %q", name), "the list does not show it")
	}
	return &sdk.ApplyResult{Changed: true, Diff: identityDiff(name)}, nil
}
