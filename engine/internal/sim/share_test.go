package sim

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"github.com/muster-run/muster/plugins/sdk"
)

// share takes the key file of one host to the others: staged on all and verified, only then activated.
type share struct{}

const (
	keyFile    = "/key"
	stagedFile = "/staged"
)

func (share) Describe() sdk.Description {
	return sdk.Description{Name: "share", Kind: sdk.State, Summary: "shares a key"}
}

func (share) Check(context.Context, *sdk.Request) (*sdk.CheckResult, error) {
	return nil, errors.New("never asked")
}

func (share) Apply(context.Context, *sdk.Request) (*sdk.ApplyResult, error) {
	return nil, errors.New("never applied")
}

func sum(s string) string {
	d := sha256.Sum256([]byte(s))
	return hex.EncodeToString(d[:])
}

func (share) Offer(ctx context.Context, req *sdk.Request) (*sdk.OfferResult, error) {
	key, err := req.Conn.Get(ctx, keyFile)
	switch {
	case errors.Is(err, sdk.ErrNotExist):
		return &sdk.OfferResult{}, nil
	case err != nil:
		return nil, err
	}
	return &sdk.OfferResult{Holds: true, Digest: sum(string(key))}, nil
}

func (share) Produce(ctx context.Context, req *sdk.Request) (*sdk.Payload, error) {
	if _, err := req.Conn.Get(ctx, keyFile); errors.Is(err, sdk.ErrNotExist) {
		if err := req.Conn.Put(ctx, sdk.Put{Path: keyFile, Content: []byte("made on " + req.Host.Name)}); err != nil {
			return nil, err
		}
	}
	h, err := req.Conn.GetSecret(ctx, keyFile)
	if err != nil {
		return nil, err
	}
	key, err := req.Conn.Get(ctx, keyFile)
	if err != nil {
		return nil, err
	}
	return &sdk.Payload{Digest: sum(string(key)), Parts: map[string]sdk.Handle{"key": h}}, nil
}

func (share) Stage(ctx context.Context, req *sdk.Request, p *sdk.Payload) error {
	h := p.Parts["key"]
	return req.Conn.Put(ctx, sdk.Put{Path: stagedFile, Secret: &h})
}

func (share) Verify(ctx context.Context, req *sdk.Request, p *sdk.Payload) error {
	staged, err := req.Conn.Get(ctx, stagedFile)
	if err == nil && sum(string(staged)) != p.Digest {
		err = errors.New("staged bytes differ")
	}
	return err
}

func (share) Activate(ctx context.Context, req *sdk.Request, _ *sdk.Payload) (*sdk.ApplyResult, error) {
	staged, err := req.Conn.Get(ctx, stagedFile)
	if err != nil {
		return nil, err
	}
	if err := req.Conn.Put(ctx, sdk.Put{Path: keyFile, Content: staged}); err != nil {
		return nil, err
	}
	return &sdk.ApplyResult{Changed: true}, req.Conn.Remove(ctx, stagedFile)
}
