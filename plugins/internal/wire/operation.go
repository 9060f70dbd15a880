package wire

import (
	"crypto"
	"crypto/rsa"
	"fmt"
	"io/fs"
	"time"

	"github.com/muster-run/muster/plugins/internal/pb"
	"github.com/muster-run/muster/plugins/sdk"
)

var effects = pairs[sdk.Effect, pb.Effect]{
	{sdk.Read, pb.Effect_EFFECT_READ},
	{sdk.Idempotent, pb.Effect_EFFECT_IDEMPOTENT},
	{sdk.Once, pb.Effect_EFFECT_ONCE},
}

// EncodeEffect writes an effect; one that is not named is Once, because what is not known to be harmless is not repeated.
func EncodeEffect(e sdk.Effect) pb.Effect {
	if n, ok := effects.encode(e); ok {
		return n
	}
	return pb.Effect_EFFECT_ONCE
}

// DecodeEffect reads an effect, an unknown one as Once.
func DecodeEffect(m *pb.Op) sdk.Effect {
	if e, ok := effects.decode(m.GetEffect()); ok {
		return e
	}
	return sdk.Once
}

var froms = pairs[sdk.From, pb.From]{
	{sdk.FromControl, pb.From_FROM_CONTROL},
	{sdk.FromHost, pb.From_FROM_HOST},
}

// EncodeFrom writes where a connection starts.
func EncodeFrom(f sdk.From) (pb.From, error) {
	n, ok := froms.encode(f)
	if !ok {
		return 0, fmt.Errorf("dial from %q: want %q or %q", f, sdk.FromControl, sdk.FromHost)
	}
	return n, nil
}

// DecodeFrom reads where a connection starts.
func DecodeFrom(m pb.From) (sdk.From, error) {
	f, ok := froms.decode(m)
	if !ok {
		return "", fmt.Errorf("dial from an unknown place (%d)", m)
	}
	return f, nil
}

// EncodeHandle writes a handle.
func EncodeHandle(h sdk.Handle) *pb.Handle {
	return &pb.Handle{Id: text(h.ID), Name: text(h.Name), Size: h.Size, Sha256: text(h.SHA256), PublicKey: text(h.PublicKey)}
}

// DecodeHandle reads a handle.
func DecodeHandle(m *pb.Handle) sdk.Handle {
	return sdk.Handle{ID: m.GetId(), Name: m.GetName(), Size: m.GetSize(), SHA256: m.GetSha256(), PublicKey: m.GetPublicKey()}
}

// EncodeFileInfo writes what Stat told.
func EncodeFileInfo(f sdk.FileInfo) *pb.StatResponse {
	m := &pb.StatResponse{
		Size: f.Size, Mode: uint32(f.Mode.Perm()), Dir: f.Mode.IsDir(), Sha256: text(f.SHA256),
		Irregular: !f.Mode.IsDir() && !f.Mode.IsRegular(),
	}
	if !f.ModTime.IsZero() {
		m.ModTimeNs = f.ModTime.UnixNano()
	}
	return m
}

// DecodeFileInfo reads what Stat told.
func DecodeFileInfo(m *pb.StatResponse) sdk.FileInfo {
	f := sdk.FileInfo{Size: m.GetSize(), Mode: fs.FileMode(m.GetMode()).Perm(), SHA256: m.GetSha256()}
	switch {
	case m.GetDir():
		f.Mode |= fs.ModeDir
	case m.GetIrregular():
		f.Mode |= fs.ModeIrregular
	}
	if m.GetModTimeNs() != 0 {
		f.ModTime = time.Unix(0, m.GetModTimeNs()).UTC()
	}
	return f
}

var hashes = pairs[crypto.Hash, pb.Hash]{
	{0, pb.Hash_HASH_UNSPECIFIED},
	{crypto.SHA1, pb.Hash_HASH_SHA1},
	{crypto.SHA256, pb.Hash_HASH_SHA256},
	{crypto.SHA384, pb.Hash_HASH_SHA384},
	{crypto.SHA512, pb.Hash_HASH_SHA512},
}

// EncodeSignerOpts puts the options of crypto.Signer.Sign into the request.
func EncodeSignerOpts(opts crypto.SignerOpts, into *pb.SignRequest) error {
	hash, ok := hashes.encode(opts.HashFunc())
	if !ok {
		return fmt.Errorf("sign: the engine does not sign with %s", opts.HashFunc())
	}
	into.Hash = hash
	if pss, ok := opts.(*rsa.PSSOptions); ok {
		into.Pss, into.SaltLength = true, int32(pss.SaltLength)
	}
	return nil
}

// DecodeSignerOpts reads the options of crypto.Signer.Sign.
func DecodeSignerOpts(m *pb.SignRequest) (crypto.SignerOpts, error) {
	hash, ok := hashes.decode(m.GetHash())
	if !ok {
		return nil, fmt.Errorf("sign: unknown hash (%d)", m.GetHash())
	}
	if hash != 0 && len(m.GetDigest()) != hash.Size() {
		return nil, fmt.Errorf("sign: %d bytes are no %s digest", len(m.GetDigest()), hash)
	}
	if m.GetPss() {
		return &rsa.PSSOptions{SaltLength: int(m.GetSaltLength()), Hash: hash}, nil
	}
	return hash, nil
}
