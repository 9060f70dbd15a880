package broadworks

import (
	"context"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/plugins/sdk"
)

// TLSSettings is the module tls_settings.
type TLSSettings struct{}

// tlsLevel is one of the levels above a single interface.
type tlsLevel struct {
	name, context string
	general       []string  // the levels whose lists apply where this one has none, the nearest first
	families      []*family // the interfaces that it reaches
}

// tlsLevels are the general levels, the most general first.
var tlsLevels = []tlsLevel{
	{"system", "/System/SSLCommonSettings/JSSE", nil, families()},
	{"transport", "/System/SSLCommonSettings/OpenSSL", []string{"system"}, families()},
	{"cti", "/Interface/CTI/SSLCommonSettings", []string{"transport", "system"}, []*family{&ctiFamily}},
	{"http", "/Interface/Http/SSLCommonSettings", []string{"transport", "system"}, []*family{&httpFamily}},
}

func levelNamed(name string) tlsLevel {
	return tlsLevels[slices.IndexFunc(tlsLevels, func(l tlsLevel) bool { return l.name == name })]
}

// list is one of the level's two lists.
func (l tlsLevel) list(what string) tlsList {
	owner := "the level " + l.name
	if what == "protocols" {
		return protocolsOf(owner, l.context, nil)
	}
	return ciphersOf(owner, l.context, nil)
}

const tlsSettingsDoc = `Keeps the protocols and ciphers of one level above the single interface, and reads back each change. What is
stored takes effect with a restart.

| level | context | holds for |
|---|---|---|
| ` + "`system` | `X_CLI/System/SSLCommonSettings/JSSE`" + ` | everything |
| ` + "`transport` | `X_CLI/System/SSLCommonSettings/OpenSSL`" + ` | the transport protocols |
| ` + "`cti` | `X_CLI/Interface/CTI/SSLCommonSettings`" + ` | all CTI interfaces |
| ` + "`http` | `X_CLI/Interface/Http/SSLCommonSettings`" + ` | all HTTP interfaces |

From the top the levels become more specific; the most specific is the interface itself, whose lists belong to cti_interface
and http_interface. An empty list means that the next more general one applies. **So the first entry of a list does not extend
what applied until then, it replaces it**: the plan says what it hides. It also says when a more specific list hides this one,
and when no cipher can be used with the protocols or with the key of a certificate that an interface presents, since then
every handshake there fails.

` + "`protocols` and `ciphers`" + ` are exact: what is missing is added before anything is removed, and an empty list takes all
entries away. ` + "`require_protocols` and `require_ciphers`" + ` only add. Neither given: the list is not touched.

**Pending.** For the levels cti and http, where an interface without a list of its own accepts in a handshake what is not
stored, or the other way round, the plan says "restart pending". For system and transport nothing is concluded from
handshakes: which parts of the server obey them is not published.

Assumed, because it is not published: the commands take the name alone, as ` + "`add TLSv1.2`" + `, in every one of these contexts.`

// Describe says what the module takes and is.
func (TLSSettings) Describe() sdk.Description {
	var names []string
	for _, l := range tlsLevels {
		names = append(names, l.name)
	}
	return sdk.Description{
		Name:    "tls_settings",
		Summary: "Keeps the TLS protocols and ciphers of a level above the single interface, on an XSP or ADP.",
		Doc:     tlsSettingsDoc,
		Example: `task "tls_settings" "http" {
  level             = "http"
  require_protocols = ["TLSv1.2"]
  notify            = [handler.restart]
}`,
		Kind: sdk.State,
		Args: sdk.Schema{Attributes: slices.Concat([]sdk.Attribute{
			{Name: "level", Type: cty.String, Required: true, OneOf: names, Doc: "Which level: system, transport, cti or http."},
		}, listAttributes)},
		HostData:  slices.Concat(ctiData, httpData),
		Exclusive: []string{cliResource},
	}
}

// Validate judges the names.
func (TLSSettings) Validate(_ context.Context, req *sdk.Request) []sdk.Problem {
	return settingsProblems(req)
}

func settingsProblems(req *sdk.Request) []sdk.Problem {
	out := listProblems(req)
	if !slices.ContainsFunc(listAttributes, func(a sdk.Attribute) bool { return !req.Args.Attr(a.Name).IsNull() }) {
		out = append(out, sdk.Problem{Summary: "tls_settings without a list", Detail: "none of protocols, require_protocols, ciphers and require_ciphers is given",
			Advice: "Give at least one of them."})
	}
	ciphers, protocols := optional[[]string](req.Args, "ciphers"), optional[[]string](req.Args, "protocols")
	if ciphers != nil && protocols != nil && len(*protocols) > 0 && !anyFits(*ciphers, *protocols, "") {
		out = append(out, sdk.Problem{Warning: true, Arg: "ciphers", Summary: "no cipher of the exact list can be used with " + strings.Join(*protocols, ", "),
			Detail: "every handshake of an interface that inherits both lists will fail"})
	}
	return out
}

// Check compares the lists, and where it can stored with running.
func (TLSSettings) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	cli, err := open(ctx, req)
	if err != nil {
		return nil, err
	}
	defer cli.Close()
	p, err := planSettings(ctx, cli, req)
	if err != nil {
		return nil, err
	}
	return checked(p.diff, p.pending, p.notes, sdk.Object{}), nil
}

// Apply adds what is missing to both lists before it removes from one.
func (TLSSettings) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	cli, err := open(ctx, req)
	if err != nil {
		return nil, err
	}
	defer cli.Close()
	p, err := planSettings(ctx, cli, req)
	if err != nil {
		return nil, err
	}
	for _, change := range []func(*listPlan) error{
		func(l *listPlan) error { return l.addAll(ctx, cli) },
		func(l *listPlan) error { return l.removeAll(ctx, cli) },
	} {
		for _, l := range p.lists() {
			if err := change(l); err != nil {
				return nil, err
			}
		}
	}
	return &sdk.ApplyResult{Changed: len(p.diff) > 0, Diff: p.diff, Notes: p.notes}, nil
}
