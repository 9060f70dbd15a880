package bwsim

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"strings"
)

// shown is how a listing names the holder of a certificate: by the common name
// alone, as the published listing does.
func shown(name pkix.Name) string {
	if name.CommonName != "" {
		return name.CommonName
	}
	return name.String()
}

// readCertificates reads a file of the host that holds one certificate or more.
func (h *Host) readCertificates(path string) ([]*x509.Certificate, *refusal) {
	blocks, refused := h.readPEM(path)
	if refused != nil {
		return nil, refused
	}
	var certs []*x509.Certificate
	for _, b := range blocks {
		cert, err := x509.ParseCertificate(b.Bytes)
		if err != nil || b.Type != "CERTIFICATE" {
			return nil, refusing(notPEM, path)
		}
		certs = append(certs, cert)
	}
	return certs, nil
}

// readPEM reads the blocks of a file, at least one.
func (h *Host) readPEM(path string) ([]*pem.Block, *refusal) {
	data, err := h.fs.ReadFile(path)
	if err != nil || !strings.HasPrefix(path, "/") {
		return nil, refusing(noSuchFile, path)
	}
	var blocks []*pem.Block
	for {
		block, rest := pem.Decode(data)
		if block == nil {
			break
		}
		blocks, data = append(blocks, block), rest
	}
	if len(blocks) == 0 || bytes.Contains(data, []byte("-----BEGIN")) {
		return nil, refusing(notPEM, path)
	}
	return blocks, nil
}

// readKeyPair reads what sslUpdate is given and checks that it fits together.
func (h *Host) readKeyPair(keyPath, certPath, chainPath string) (Certificate, *refusal) {
	key, refused := h.readKey(keyPath)
	if refused != nil {
		return Certificate{}, refused
	}
	leaf, refused := h.readCertificates(certPath)
	if refused != nil {
		return Certificate{}, refused
	}
	public, ok := leaf[0].PublicKey.(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(key.Public()) {
		return Certificate{}, refusing(keyMismatch)
	}
	chain := leaf
	if chainPath != "" {
		issuers, refused := h.readCertificates(chainPath)
		if refused != nil {
			return Certificate{}, refused
		}
		chain = append(chain[:1:1], issuers...)
	}
	return Certificate{Chain: chain, SelfSigned: selfIssued(leaf[0]), key: key}, nil
}

func (h *Host) readKey(path string) (crypto.Signer, *refusal) {
	blocks, refused := h.readPEM(path)
	if refused != nil {
		return nil, refused
	}
	der := blocks[len(blocks)-1] // "EC PARAMETERS" may come first
	if strings.Contains(der.Type, "ENCRYPTED") || der.Headers["DEK-Info"] != "" {
		return nil, refusing(encryptedKey, path)
	}
	var key any
	var err error
	switch der.Type {
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(der.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(der.Bytes)
	default:
		key, err = x509.ParsePKCS8PrivateKey(der.Bytes)
	}
	signer, ok := key.(crypto.Signer)
	if err != nil || !ok {
		return nil, refusing(notPEM, path)
	}
	return signer, nil
}
