package secret_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"strings"
	"testing"

	"github.com/muster-run/muster/engine/secret"
	"github.com/muster-run/muster/plugins/sdk"
)

// A Handle is an sdk.Handle to whoever may import both.
var _ = sdk.Handle(secret.Handle{})

func block(kind string, der []byte, err error) string {
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func TestStore(t *testing.T) {
	s := secret.NewStore(secret.NewRedactor())
	long := "a secret of more than sixteen bytes"
	h, err := s.Add("prompt", secret.NewValue([]byte(long)))
	sum := sha256.Sum256([]byte(long))
	if err != nil || h.Name != "prompt" || h.Size != int64(len(long)) || h.SHA256 != hex.EncodeToString(sum[:]) || h.PublicKey != "" {
		t.Errorf("got %+v, %v", h, err)
	}
	short, _ := s.Add("password", secret.NewValue([]byte("fifteen bytes..")))
	if short.SHA256 != "" || short.ID == h.ID || strings.Contains(short.ID, "fifteen") {
		t.Errorf("got %+v", short)
	}
	if v, err := s.Value(h.ID); err != nil || string(v.Reveal()) != long {
		t.Errorf("got %q, %v", v.Reveal(), err)
	}
	if _, err := s.Signer(h.ID); err == nil {
		t.Error("a text can sign")
	}
	s.Forget(short.ID)
	if _, err := s.Value(short.ID); !errors.Is(err, secret.ErrNoHandle) {
		t.Errorf("after Forget: %v", err)
	}
	_ = s.Close()
	if _, err := s.Value(h.ID); !errors.Is(err, secret.ErrNoHandle) {
		t.Errorf("after Close: %v", err)
	}
	if _, err := s.Add("late", secret.NewValue([]byte("x"))); !errors.Is(err, secret.ErrNoHandle) {
		t.Errorf("Add after Close: %v", err)
	}
}

// The store's bytes are its own: wiping what was given, or what was got, does no harm.
func TestStoreCopies(t *testing.T) {
	s := secret.NewStore(secret.NewRedactor())
	v := secret.NewValue([]byte("content"))
	h, _ := s.Add("x", v)
	v.Wipe()
	got, _ := s.Value(h.ID)
	got.Wipe()
	if again, _ := s.Value(h.ID); string(again.Reveal()) != "content" {
		t.Errorf("got %q", again.Reveal())
	}
}

func TestStoreKeys(t *testing.T) {
	big, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	curve, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	_, edwards, _ := ed25519.GenerateKey(rand.Reader)
	pkcs8 := func(k any) string { der, err := x509.MarshalPKCS8PrivateKey(k); return block("PRIVATE KEY", der, err) }
	sec1, err := x509.MarshalECPrivateKey(curve)
	ec := block("EC PRIVATE KEY", sec1, err)
	for name, c := range map[string]struct {
		text string
		key  crypto.Signer // nil: the text is no single private key
	}{
		"PKCS#8 rsa":     {pkcs8(big), big},
		"PKCS#8 ecdsa":   {pkcs8(curve), curve},
		"PKCS#8 ed25519": {pkcs8(edwards), edwards},
		"PKCS#1":         {block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(big), nil), big},
		"SEC 1":          {ec, curve},
		"SEC 1 with parameters, as openssl writes it": {block("EC PARAMETERS", []byte{6, 8}, nil) + ec, curve},
		"CRLF, BOM and text before":                   {"\ufeffmy key\r\n" + strings.ReplaceAll(ec, "\n", "\r\n"), curve},
		"two keys":                                    {ec + pkcs8(big), nil},
		"with a certificate":                          {ec + block("CERTIFICATE", []byte{1}, nil), nil},
		"text after":                                  {ec + "trailing", nil},
		"damaged":                                     {block("PRIVATE KEY", []byte{1, 2, 3}, nil), nil},
		"wrong label":                                 {block("RSA PRIVATE KEY", sec1, nil), nil},
		"OpenSSH's own":                               {block("OPENSSH PRIVATE KEY", []byte("openssh-key-v1"), nil), nil},
		"public":                                      {block("PUBLIC KEY", []byte{1}, nil), nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := secret.NewStore(secret.NewRedactor())
			h, err := s.Add("key", secret.NewValue([]byte(c.text)))
			if err != nil {
				t.Fatal(err)
			}
			signer, err := s.Signer(h.ID)
			if c.key == nil {
				if err == nil || h.PublicKey != "" {
					t.Errorf("taken for a key: %+v, %v", h, err)
				}
				return
			}
			der, _ := x509.MarshalPKIXPublicKey(c.key.Public())
			if want := block("PUBLIC KEY", der, nil); err != nil || h.PublicKey != want {
				t.Fatalf("got %q, %v", h.PublicKey, err)
			}
			opts := crypto.SignerOpts(crypto.SHA256)
			digest := sha256.Sum256([]byte("m"))
			if _, ok := c.key.(ed25519.PrivateKey); ok {
				opts = crypto.Hash(0)
			}
			if _, err := signer.Sign(rand.Reader, digest[:], opts); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestStoreRefusesLockedKeys(t *testing.T) {
	legacy := "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"
	for _, text := range []string{block("ENCRYPTED PRIVATE KEY", []byte{1}, nil), legacy} {
		_, err := secret.NewStore(secret.NewRedactor()).Add("certs/h1.key", secret.NewValue([]byte(text)))
		if e, ok := errors.AsType[*secret.Error](err); !ok || !strings.Contains(e.Summary, "certs/h1.key: the private key is protected by a passphrase") {
			t.Errorf("got %v", err)
		}
	}
}
