package bwsim

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"time"
)

func encodePEM(b *pem.Block) string { return string(pem.EncodeToMemory(b)) }

func certPEM(certs ...*x509.Certificate) string {
	text := ""
	for _, c := range certs {
		text += encodePEM(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
	}
	return text
}

func keyPEM(key any) (string, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", fmt.Errorf("write a private key: %w", err)
	}
	return encodePEM(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// servers issues a certificate for every host that can have interfaces.
// The keys are RSA because the published ciphers and playbooks want that.
func (l labFiles) servers(f *Fleet) error {
	root, err := newAuthority("Lab Root CA", nil)
	if err != nil {
		return err
	}
	issuing, err := newAuthority("Lab Server CA", root)
	if err != nil {
		return err
	}
	l.public("certs/chain.pem", certPEM(issuing.cert, root.cert))
	n := 0
	for _, h := range f.hosts {
		if h.opts.Role == AS {
			continue
		}
		if err := l.server(h, issuing, n); err != nil {
			return err
		}
		n++
	}
	return nil
}

func (l labFiles) server(h *Host, issuing *authority, n int) error {
	key, err := rsaKey(n)
	if err != nil {
		return err
	}
	template := certificate(h.Name(), time.Now().AddDate(1, 0, 0))
	template.DNSNames = []string{h.Name()}
	template.IPAddresses = []net.IP{h.addr.AsSlice(), h.cti.AsSlice()}
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	cert, err := issue(template, issuing.cert, key.Public(), issuing.key)
	if err != nil {
		return err
	}
	text, err := keyPEM(key)
	if err != nil {
		return err
	}
	l.secret("certs/"+h.Name()+".key", text)
	l.public("certs/"+h.Name()+".crt", certPEM(cert))
	return nil
}

// webex makes the CA of Webex's CTI clients and one client; the names of the
// two authorities are those of the published listing.
func (l labFiles) webex() error {
	root, err := newAuthority("Internal Private Root", nil)
	if err != nil {
		return err
	}
	issuing, err := newAuthority("Internal Private TLS SubCA", root)
	if err != nil {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("make the client's key: %w", err)
	}
	template := certificate("bwcticlient.webex.com", time.Now().AddDate(1, 0, 0))
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	cert, err := issue(template, issuing.cert, key.Public(), issuing.key)
	if err != nil {
		return err
	}
	text, err := keyPEM(key)
	if err != nil {
		return err
	}
	l.public("CombinedCertChain2023.txt", certPEM(root.cert, issuing.cert))
	l.public("client.crt", certPEM(cert))
	l.secret("client.key", text)
	return nil
}
