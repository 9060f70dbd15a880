package tlsinfo

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"time"
)

// verdictWait is how long a TLS 1.3 server may take to refuse a client certificate after its own part is done; it tells
// nothing when it accepts, except by a session ticket.
const verdictWait = 3 * time.Second

// Offer is what a client offers in a handshake; the zero value offers every version and suite this program speaks.
type Offer struct {
	Min, Max   uint16 // protocol versions
	Suites     []uint16
	ServerName string
	Client     *tls.Certificate // presented when the server asks for one
	// Verdict has a TLS 1.3 handshake waited out until the server judged the client: see Seen.Judged.
	Verdict bool
}

// Seen is what a server showed in a handshake, whether or not it ended well: one that wants a client certificate shows its
// own before it refuses.
type Seen struct {
	Chain    []*x509.Certificate
	Version  uint16
	Suite    uint16
	AsksCert bool     // it asked for a client certificate
	CAs      [][]byte // the names of the CAs it accepts, as DER
	Alert    string   // the server's own refusal; empty when it sent none
	Err      error    // how the handshake ended; nil is success
	Judged   bool     // the server's verdict on the client is known: always before TLS 1.3
}

// Shown reports whether the server chose version and suite and presented itself.
func (s *Seen) Shown() bool { return len(s.Chain) > 0 }

// Look shakes hands over a connection, which it closes, and reports what was seen. It verifies nothing and sends no data:
// it is for looking at a server, not for talking to it. A handshake that ctx ended is an error.
func Look(ctx context.Context, raw net.Conn, o Offer) (*Seen, error) {
	defer func() { _ = raw.Close() }()
	if o.Min == 0 {
		o.Min, o.Max = tls.VersionTLS10, tls.VersionTLS13
	}
	if o.Suites == nil {
		o.Suites = Spoken()
	}
	s := &Seen{}
	ticket := &ticketCache{conn: raw}
	client := tls.Client(raw, &tls.Config{
		InsecureSkipVerify: true,
		ServerName:         o.ServerName,
		MinVersion:         o.Min, MaxVersion: o.Max, CipherSuites: o.Suites,
		ClientSessionCache: ticket,
		VerifyConnection: func(c tls.ConnectionState) error {
			s.Chain, s.Version, s.Suite = c.PeerCertificates, c.Version, c.CipherSuite
			return nil
		},
		GetClientCertificate: func(r *tls.CertificateRequestInfo) (*tls.Certificate, error) {
			s.AsksCert, s.CAs = true, r.AcceptableCAs
			if o.Client != nil {
				return o.Client, nil
			}
			return &tls.Certificate{}, nil
		},
	})
	s.Err = client.HandshakeContext(ctx)
	if err := ctx.Err(); err != nil && s.Err != nil {
		return nil, errors.Join(err, s.Err)
	}
	s.Judged = s.Version < tls.VersionTLS13
	if s.Err == nil && !s.Judged && o.Verdict && s.AsksCert {
		s.awaitVerdict(client, ticket)
	}
	if op := (*net.OpError)(nil); errors.As(s.Err, &op) && op.Op == "remote error" {
		s.Alert, s.Judged = op.Err.Error(), true
	}
	return s, nil
}

// awaitVerdict reads until the server refused, issued a ticket, or said nothing for a while.
func (s *Seen) awaitVerdict(client *tls.Conn, ticket *ticketCache) {
	_ = client.SetReadDeadline(time.Now().Add(verdictWait))
	_, err := client.Read(make([]byte, 1))
	switch {
	case ticket.issued || err == nil:
		s.Judged = true
	case !errors.Is(err, context.DeadlineExceeded) && !isTimeout(err):
		s.Err, s.Judged = err, true
	}
}

func isTimeout(err error) bool {
	t := net.Error(nil)
	return errors.As(err, &t) && t.Timeout()
}

// ticketCache keeps no session: it only notices that the server issued one, and ends the read that saw it.
type ticketCache struct {
	conn   net.Conn
	issued bool
}

func (t *ticketCache) Get(string) (*tls.ClientSessionState, bool) { return nil, false }

func (t *ticketCache) Put(string, *tls.ClientSessionState) {
	t.issued = true
	_ = t.conn.SetReadDeadline(time.Now())
}
