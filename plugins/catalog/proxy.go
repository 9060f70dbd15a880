package catalog

import (
	"context"
	"fmt"

	"github.com/muster-run/muster/plugins/internal/pb"
	"github.com/muster-run/muster/plugins/internal/wire"
	"github.com/muster-run/muster/plugins/sdk"
)

// proxy is a module of a plugin as an sdk.Module.
type proxy struct {
	source      source
	description sdk.Description
	shape       *wire.Shape
}

// The optional abilities are added by type, so that an assertion tells what the module can do.
type (
	validator struct{ p *proxy }
	fanner    struct{ p *proxy }
)

func newProxy(s source, m *pb.Description) (sdk.Module, error) {
	d, can, err := wire.DecodeDescription(m)
	if err != nil {
		return nil, err
	}
	p := &proxy{source: s, description: d, shape: wire.NewShape(d)}
	switch {
	case can.Validates && can.FansOut:
		return struct {
			*proxy
			validator
			fanner
		}{p, validator{p}, fanner{p}}, nil
	case can.Validates:
		return struct {
			*proxy
			validator
		}{p, validator{p}}, nil
	case can.FansOut:
		return struct {
			*proxy
			fanner
		}{p, fanner{p}}, nil
	}
	return p, nil
}

// Plugin names the plugin that serves the module: shells that the engine keeps belong to one plugin.
func (p *proxy) Plugin() string { return p.source.plugin() }

// Describe returns what the plugin said when it started.
func (p *proxy) Describe() sdk.Description { return p.description }

// Check crosses to the plugin.
func (p *proxy) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	if req.Unfinished != nil && !p.description.Probes {
		return nil, p.cannotProbe()
	}
	ev, err := p.call(ctx, req, nil, pb.ModuleClient.Check)
	if err != nil {
		return nil, err
	}
	if ev.GetCheck() == nil {
		return nil, p.confused(ev)
	}
	return p.shape.DecodeCheck(ev.GetCheck())
}

// cannotProbe keeps a plain Check of an action, which says change, from being read as "it was not done".
func (p *proxy) cannotProbe() error {
	return &sdk.Failure{
		Class:   sdk.Uncertain,
		Summary: fmt.Sprintf("module %s cannot tell what became of an earlier attempt", p.description.Name),
		State:   "the host was not asked",
	}
}

// Apply crosses to the plugin.
func (p *proxy) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	ev, err := p.call(ctx, req, nil, pb.ModuleClient.Apply)
	return p.applied(ev, err)
}

func (p *proxy) applied(ev *pb.CallEvent, err error) (*sdk.ApplyResult, error) {
	if err != nil {
		return nil, err
	}
	if ev.GetApply() == nil {
		return nil, p.confused(ev)
	}
	return p.shape.DecodeApply(ev.GetApply())
}

// confused is the error of a plugin that answered another question.
func (p *proxy) confused(ev *pb.CallEvent) error {
	return &sdk.Failure{
		Class:   sdk.Uncertain,
		Summary: fmt.Sprintf("module %s answered with a result of the wrong kind (%T)", p.description.Name, ev.GetEvent()),
		Do:      []string{"This is a bug of the plugin: report it to its author."},
	}
}

// Validate crosses to the plugin. That it could not be asked is a problem of its own.
func (v validator) Validate(ctx context.Context, req *sdk.Request) []sdk.Problem {
	problems, err := v.p.validate(ctx, req)
	if err != nil {
		return []sdk.Problem{{
			Summary: fmt.Sprintf("module %s could not check its arguments", v.p.description.Name), Detail: err.Error(),
			Advice: "See the plugin's log (-v).",
		}}
	}
	return problems
}

// Offer crosses to the plugin.
func (f fanner) Offer(ctx context.Context, req *sdk.Request) (*sdk.OfferResult, error) {
	ev, err := f.p.call(ctx, req, nil, pb.ModuleClient.Offer)
	if err != nil {
		return nil, err
	}
	if ev.GetOffer() == nil {
		return nil, f.p.confused(ev)
	}
	return f.p.shape.DecodeOffer(ev.GetOffer())
}

// Produce crosses to the plugin.
func (f fanner) Produce(ctx context.Context, req *sdk.Request) (*sdk.Payload, error) {
	ev, err := f.p.call(ctx, req, nil, pb.ModuleClient.Produce)
	if err != nil {
		return nil, err
	}
	if ev.GetPayload() == nil {
		return nil, f.p.confused(ev)
	}
	return f.p.shape.DecodePayload(ev.GetPayload())
}

// Stage crosses to the plugin.
func (f fanner) Stage(ctx context.Context, req *sdk.Request, payload *sdk.Payload) error {
	return f.done(f.p.call(ctx, req, payload, pb.ModuleClient.Stage))
}

// Verify crosses to the plugin.
func (f fanner) Verify(ctx context.Context, req *sdk.Request, payload *sdk.Payload) error {
	return f.done(f.p.call(ctx, req, payload, pb.ModuleClient.Verify))
}

func (f fanner) done(ev *pb.CallEvent, err error) error {
	if err == nil && ev.GetDone() == nil {
		return f.p.confused(ev)
	}
	return err
}

// Activate crosses to the plugin.
func (f fanner) Activate(ctx context.Context, req *sdk.Request, payload *sdk.Payload) (*sdk.ApplyResult, error) {
	ev, err := f.p.call(ctx, req, payload, pb.ModuleClient.Activate)
	return f.p.applied(ev, err)
}
