package cli

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

// prove asks every CTI interface what a client of it would meet.
func (d *demo) prove(ctx context.Context) error {
	roots, client, err := d.certificates()
	if err != nil {
		return err
	}
	for _, h := range d.fleet.Hosts() {
		if h.Role() == bwsim.AS {
			continue
		}
		address := net.JoinHostPort(h.CTIAddr().String(), strconv.Itoa(demoPort))
		for _, c := range []struct {
			what    string
			version uint16
			certs   []tls.Certificate
			want    bool
		}{
			{"TLS 1.2 with the client certificate", tls.VersionTLS12, []tls.Certificate{client}, true},
			{"TLS 1.2 without a client certificate", tls.VersionTLS12, nil, false},
			{"TLS 1.1 with the client certificate", tls.VersionTLS11, []tls.Certificate{client}, false},
		} {
			accepted, err := handshake(ctx, address, &tls.Config{
				RootCAs: roots, ServerName: h.Name(), Certificates: c.certs, MinVersion: c.version, MaxVersion: c.version,
			})
			if err != nil {
				return fmt.Errorf("%s (%s), %s: %w", h.Name(), address, c.what, err)
			}
			if accepted != c.want {
				return fmt.Errorf("%s (%s), %s: accepted is %t and should be %t", h.Name(), address, c.what, accepted, c.want)
			}
		}
		fmt.Fprintf(d.Out, "  %-24s %s  TLS 1.2 with client certificate accepted, without refused, TLS 1.1 refused\n", h.Name(), address)
	}
	return nil
}

// certificates are what a client holds: the CA of the servers, and its own certificate.
func (d *demo) certificates() (*x509.CertPool, tls.Certificate, error) {
	chain, err := os.ReadFile(filepath.Join(d.dir, "certs", "chain.pem"))
	if err != nil {
		return nil, tls.Certificate{}, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(chain) {
		return nil, tls.Certificate{}, errors.New("the lab's chain.pem holds no certificate")
	}
	client, err := tls.LoadX509KeyPair(filepath.Join(d.dir, "client.crt"), filepath.Join(d.dir, "client.key"))
	return roots, client, err
}

// handshake reports whether the server lets a client with that configuration in. Refused is what the server itself refuses
// with a TLS alert; anything else that goes wrong is an error. Up to TLS 1.2 the server has judged the client's certificate
// when the handshake ends.
func handshake(ctx context.Context, address string, config *tls.Config) (accepted bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	dialer := tls.Dialer{Config: config}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	var op *net.OpError
	switch {
	case err == nil:
		return true, conn.Close()
	case errors.As(err, &op) && op.Op == "remote error":
		return false, nil
	}
	return false, err
}
