package sdktest

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/plugins/sdk"
)

type secret struct {
	handle  sdk.Handle
	content []byte
	signer  crypto.Signer // when the content is a private key
}

// Secret gives the engine's part of this Conn a secret and returns the handle that a module would get. A private key in
// PKCS#8 PEM can be used by Signer.
func (c *Conn) Secret(name, content string) sdk.Handle {
	sum := sha256.Sum256([]byte(content))
	h := sdk.Handle{Name: name, Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:])}
	s := &secret{content: []byte(content), signer: privateKey(content)}
	if s.signer != nil {
		if der, err := x509.MarshalPKIXPublicKey(s.signer.Public()); err == nil {
			h.PublicKey = string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	h.ID = fmt.Sprintf("secret-%d", len(c.secrets)+1)
	s.handle = h
	c.secrets[h.ID] = s
	return h
}

func (c *Conn) secret(h sdk.Handle) (*secret, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.secrets[h.ID]
	if s == nil {
		return nil, fmt.Errorf("sdktest: no secret has the id %q", h.ID)
	}
	return s, nil
}

func privateKey(content string) crypto.Signer {
	block, _ := pem.Decode([]byte(content))
	if block == nil {
		return nil
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil
	}
	signer, _ := key.(crypto.Signer)
	return signer
}

// HandleVal is a handle as the cty value of an argument.
func HandleVal(h sdk.Handle) cty.Value {
	return cty.ObjectVal(map[string]cty.Value{
		"id": cty.StringVal(h.ID), "name": cty.StringVal(h.Name), "size": cty.NumberIntVal(h.Size),
		"sha256": cty.StringVal(h.SHA256), "public_key": cty.StringVal(h.PublicKey),
	})
}

// FileVal is a file as the cty value of an argument.
func FileVal(path, text string) cty.Value {
	return cty.ObjectVal(map[string]cty.Value{"path": cty.StringVal(path), "text": cty.StringVal(text)})
}
