package catalog_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/plugins/catalog"
	"github.com/muster-run/muster/plugins/sdk"
	"github.com/muster-run/muster/plugins/sdk/sdktest"
)

// share is a module that carries a file from one host to others.
type share struct{ plain }

const shared = "/etc/key"

func (*share) Describe() sdk.Description {
	return sdk.Description{
		Name: "share", Summary: "Shares a file.", Kind: sdk.State,
		Outputs: sdk.Schema{Attributes: []sdk.Attribute{{Name: "digest", Type: cty.String}}},
	}
}

func (*share) Offer(ctx context.Context, req *sdk.Request) (*sdk.OfferResult, error) {
	info, err := req.Conn.Stat(ctx, shared)
	if err != nil {
		return &sdk.OfferResult{Note: err.Error()}, nil
	}
	return &sdk.OfferResult{Holds: true, Digest: info.SHA256}, nil
}

func (*share) Produce(ctx context.Context, req *sdk.Request) (*sdk.Payload, error) {
	h, err := req.Conn.GetSecret(ctx, shared)
	if err != nil {
		return nil, err
	}
	return &sdk.Payload{Digest: h.SHA256, Parts: map[string]sdk.Handle{"key": h}, Facts: map[string]string{"from": req.Host.Name}}, nil
}

func (*share) Stage(ctx context.Context, req *sdk.Request, p *sdk.Payload) error {
	h := p.Parts["key"]
	return req.Conn.Put(ctx, sdk.Put{Path: shared + ".new", Secret: &h})
}

func (*share) Verify(ctx context.Context, req *sdk.Request, p *sdk.Payload) error {
	info, err := req.Conn.Stat(ctx, shared+".new")
	if err == nil && info.SHA256 != p.Digest {
		err = fmt.Errorf("staged %s, want %s", info.SHA256, p.Digest)
	}
	return err
}

func (*share) Activate(_ context.Context, req *sdk.Request, p *sdk.Payload) (*sdk.ApplyResult, error) {
	req.Report.Log("from " + p.Facts["from"])
	return &sdk.ApplyResult{Changed: true, Outputs: sdk.Object{Value: cty.ObjectVal(map[string]cty.Value{"digest": cty.StringVal(p.Digest)})}}, nil
}

func TestFanOutCrosses(t *testing.T) {
	b := self("good")
	b.Modules = append(b.Modules, "share")
	c := open(t, catalog.Options{Bundled: []catalog.Bundled{b}})
	m := module(t, c, "share")
	f, ok := m.(sdk.FanOut)
	if !ok {
		t.Fatal("the module lost its ability")
	}
	if _, ok := m.(sdk.Validator); ok {
		t.Error("the module won an ability")
	}
	conn := sdktest.NewConn(t)
	ctx, req := t.Context(), sdktest.Request(t, m.Describe(), conn, nil, nil)
	none, err := f.Offer(ctx, req)
	if err != nil || none.Holds || none.Note == "" {
		t.Errorf("a host without the file offers %+v (%v)", none, err)
	}
	conn.WriteFile(shared, "secret")
	offer, err := f.Offer(ctx, req)
	if err != nil || !offer.Holds {
		t.Fatalf("offer %+v (%v)", offer, err)
	}
	p, err := f.Produce(ctx, req)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]string{"from": "host1"}, p.Facts); d != "" || p.Parts["key"].SHA256 != offer.Digest {
		t.Errorf("payload %+v", p)
	}
	if err := f.Verify(ctx, req, p); err == nil {
		t.Error("verified before it was staged")
	}
	if err := f.Stage(ctx, req, p); err != nil {
		t.Error(err)
	}
	if err := f.Verify(ctx, req, p); err != nil {
		t.Error(err)
	}
	r, err := f.Activate(ctx, req, p)
	if err != nil || r.Outputs.Attr("digest").AsString() != offer.Digest {
		t.Errorf("activate %+v (%v)", r, err)
	}
}
