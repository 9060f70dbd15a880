package serve

import (
	"context"
	"crypto"
	"crypto/x509"
	"fmt"
	"io"

	"github.com/muster-run/muster/plugins/internal/pb"
	"github.com/muster-run/muster/plugins/internal/wire"
	"github.com/muster-run/muster/plugins/sdk"
)

// signer is a crypto.Signer whose private key is with the engine.
type signer struct {
	conn   *conn
	ctx    context.Context
	key    sdk.Handle
	public crypto.PublicKey
}

// Signer asks for the public half of the key; ctx bounds every later signature too, because crypto.Signer has none.
func (c *conn) Signer(ctx context.Context, key sdk.Handle) (crypto.Signer, error) {
	r, err := c.engine.PublicKey(ctx, &pb.PublicKeyRequest{Grant: c.grant, Op: c.op(sdk.Read), Secret: key.ID})
	if err := either(ctx, err, r.GetError()); err != nil {
		return nil, err
	}
	public, err := x509.ParsePKIXPublicKey(r.Pkix)
	if err != nil {
		return nil, fmt.Errorf("public key of %s: %w", key.Name, err)
	}
	return &signer{conn: c, ctx: ctx, key: key, public: public}, nil
}

// Public is the public half of the key.
func (s *signer) Public() crypto.PublicKey { return s.public }

// Sign has the engine sign; the engine brings its own randomness.
func (s *signer) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	m := &pb.SignRequest{Grant: s.conn.grant, Op: s.conn.op(sdk.Read), Secret: s.key.ID, Digest: digest}
	if err := wire.EncodeSignerOpts(opts, m); err != nil {
		return nil, err
	}
	r, err := s.conn.engine.Sign(s.ctx, m)
	if err := either(s.ctx, err, r.GetError()); err != nil {
		return nil, err
	}
	return r.Signature, nil
}
