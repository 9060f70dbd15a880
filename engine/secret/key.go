package secret

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
)

// errLocked: a key under a passphrase cannot be compared, and a server that is given it would not start.
var errLocked = errors.New("the private key is protected by a passphrase")

// privateKey returns the one private key that text consists of. nil: it is something else, which is no error; errLocked
// is one.
func privateKey(text []byte) (crypto.Signer, error) {
	var keys []*pem.Block
	others := 0
	rest := bytes.TrimPrefix(text, []byte("\ufeff"))
	for {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			break
		}
		switch {
		case strings.HasSuffix(b.Type, "PRIVATE KEY"):
			keys = append(keys, b)
		case b.Type != "EC PARAMETERS": // openssl writes them before the key
			others++
		}
	}
	for _, k := range keys {
		if k.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(k.Headers["Proc-Type"], "ENCRYPTED") {
			return nil, errLocked
		}
	}
	if len(keys) != 1 || others > 0 || len(bytes.TrimSpace(rest)) > 0 {
		return nil, nil
	}
	return parseKey(keys[0]), nil
}

// parseKey goes by the block's type; nil when it is not what it says.
func parseKey(b *pem.Block) crypto.Signer {
	var key any
	var err error
	switch b.Type {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(b.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(b.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(b.Bytes)
	}
	if signer, ok := key.(crypto.Signer); ok && err == nil {
		return signer
	}
	return nil
}

// publicPEM is the PKIX PEM of a key's public half; empty for kinds that have none.
func publicPEM(key crypto.Signer) string {
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return ""
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}
