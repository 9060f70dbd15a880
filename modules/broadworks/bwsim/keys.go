package bwsim

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"sync"
	"time"
)

// rsaPool holds RSA keys made once per process: making one takes long, and
// the default ciphers want RSA certificates.
var rsaPool struct {
	sync.Mutex
	keys map[int]*rsa.PrivateKey
}

// rsaPoolSize is how many servers have keys of their own; the next ones share.
const rsaPoolSize = 8

// selfSignedKey is the pool's place for certificates made by add.
const selfSignedKey = -1

func rsaKey(n int) (*rsa.PrivateKey, error) {
	rsaPool.Lock()
	defer rsaPool.Unlock()
	if n >= 0 {
		n %= rsaPoolSize
	}
	if key := rsaPool.keys[n]; key != nil {
		return key, nil
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("make an RSA key: %w", err)
	}
	if rsaPool.keys == nil {
		rsaPool.keys = map[int]*rsa.PrivateKey{}
	}
	rsaPool.keys[n] = key
	return key, nil
}

// selfSigned is the certificate that a new secure interface presents.
func selfSigned(name string) (Certificate, error) {
	key, err := rsaKey(selfSignedKey)
	if err != nil {
		return Certificate{}, err
	}
	template := certificate(name, time.Now().AddDate(1, 0, 0))
	template.DNSNames = []string{name}
	cert, err := issue(template, template, key.Public(), key)
	if err != nil {
		return Certificate{}, err
	}
	return Certificate{Chain: []*x509.Certificate{cert}, SelfSigned: true, key: key}, nil
}

// authority is a certificate that may issue others.
type authority struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// newAuthority makes a root when parent is nil, else an intermediate.
func newAuthority(name string, parent *authority) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key for %s: %w", name, err)
	}
	template := certificate(name, time.Now().AddDate(10, 0, 0))
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	issuer, signer := template, crypto.Signer(key)
	if parent != nil {
		issuer, signer = parent.cert, parent.key
	}
	cert, err := issue(template, issuer, key.Public(), signer)
	if err != nil {
		return nil, err
	}
	return &authority{cert, key}, nil
}

func certificate(name string, notAfter time.Time) *x509.Certificate {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		panic(err) // crypto/rand does not fail
	}
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     notAfter,
		KeyUsage:     x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}
}

func issue(template, issuer *x509.Certificate, public crypto.PublicKey, signer crypto.Signer) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, public, signer)
	if err != nil {
		return nil, fmt.Errorf("issue a certificate for %s: %w", template.Subject.CommonName, err)
	}
	return x509.ParseCertificate(der)
}
