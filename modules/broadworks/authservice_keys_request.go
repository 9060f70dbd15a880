package broadworks

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/muster-run/muster/modules/tlsinfo"
	"github.com/muster-run/muster/plugins/sdk"
)

const (
	tokenPath    = "/authService/token"
	requestLimit = 30 * time.Second
	bodyLimit    = 1 << 20
	httpsPort    = 443
)

// httpReply is what a request got.
type httpReply struct {
	status int
	body   []byte
}

// askToken makes a token request: the first one makes keys. Nil when the server answered it.
func (j *keysJob) askToken(ctx context.Context) error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return err
	}
	// assumed: in which form the public key goes into the URL; its request makes keys whatever comes back.
	path := tokenPath + "?key=" + base64.RawURLEncoding.EncodeToString(der)
	reply, err := j.request(ctx, http.MethodGet, path)
	if err != nil {
		return j.noReply(err)
	}
	j.notes = append(j.notes, fmt.Sprintf("the first token request was answered with status %d", reply.status))
	return nil
}

// noReply is a token URL that did not answer.
func (j *keysJob) noReply(err error) error {
	f := &sdk.Failure{Class: sdk.Failed, Summary: fmt.Sprintf("no keys were made: https on port %d did not answer %s", j.port(), tokenPath),
		Why: err.Error(), State: "no host's keys were changed", Err: err,
		Do: []string{"An HTTP interface answers after a restart only: restart the host, then run again.",
			"Check host.data.http_address and host.data.http_port.",
			"Or name a host that has keys with fan_out { from }."}}
	if j.args.ClientCert == nil {
		f.Do = append(f.Do, "Where mTLS guards the URL, give client_cert and client_key.")
	}
	return f
}

func (j *keysJob) address() string {
	if j.req.Data.Known("http_address") {
		return j.req.Data.Attr("http_address").AsString()
	}
	return j.req.Host.Address
}

func (j *keysJob) port() int {
	if j.req.Data.Known("http_port") {
		p, _ := j.req.Data.Attr("http_port").AsBigFloat().Int64()
		return int(p)
	}
	return httpsPort
}

// request makes one request to the host, from the control machine, or from the host itself where that cannot reach it.
func (j *keysJob) request(ctx context.Context, method, path string) (*httpReply, error) {
	client, err := j.client(ctx)
	if err != nil {
		return nil, err
	}
	var last error
	for _, from := range []sdk.From{sdk.FromControl, sdk.FromHost} {
		reply, err := j.requestFrom(ctx, from, client, method, path)
		if err == nil || ctx.Err() != nil {
			return reply, err
		}
		if last == nil || !errors.Is(err, errClosed) {
			last = err
		}
	}
	return nil, last
}

func (j *keysJob) requestFrom(ctx context.Context, from sdk.From, client *tls.Certificate, method, path string) (*httpReply, error) {
	ctx, cancel := context.WithTimeout(ctx, requestLimit)
	defer cancel()
	raw, err := j.req.Conn.Dial(ctx, sdk.Dial{Address: j.address(), Port: j.port(), From: from})
	if err != nil {
		if refused(err) {
			err = errors.Join(errClosed, err)
		}
		return nil, err
	}
	defer raw.Close()
	stop := context.AfterFunc(ctx, func() { _ = raw.Close() })
	defer stop()
	req, err := http.NewRequestWithContext(ctx, method, "https://"+net.JoinHostPort(j.address(), strconv.Itoa(j.port()))+path, nil)
	if err != nil {
		return nil, err
	}
	return talk(ctx, raw, client, req)
}

// talk sends a request over a connection. The server is not verified: what is sent is public, and what comes back is judged
// by nothing but the playbook's own expectation.
func talk(ctx context.Context, raw net.Conn, client *tls.Certificate, req *http.Request) (*httpReply, error) {
	config := &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}
	if client != nil {
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return client, nil }
	}
	conn := tls.Client(raw, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	req.Close = true
	if err := req.Write(conn); err != nil {
		return nil, err
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, bodyLimit))
	if err != nil && len(body) == 0 {
		return nil, err
	}
	return &httpReply{status: resp.StatusCode, body: body}, nil
}

// client is the certificate to present, its key behind a handle; nil when none is given.
func (j *keysJob) client(ctx context.Context) (*tls.Certificate, error) {
	if j.args.ClientCert == nil || j.args.ClientKey == nil {
		return nil, nil
	}
	certs, _, err := tlsinfo.Certificates(j.args.ClientCert.Text)
	if err != nil {
		return nil, &sdk.Failure{Class: sdk.Failed, Summary: "client_cert cannot be read", Arg: "client_cert", Why: err.Error()}
	}
	signer, err := j.req.Conn.Signer(ctx, *j.args.ClientKey)
	if err != nil {
		return nil, &sdk.Failure{Class: sdk.Failed, Summary: "client_key cannot be used", Arg: "client_key", Why: err.Error(), Err: err}
	}
	c := &tls.Certificate{PrivateKey: signer, Leaf: certs[0]}
	for _, cert := range certs {
		c.Certificate = append(c.Certificate, cert.Raw)
	}
	return c, nil
}

// verify makes the request of the verify block; the text says what is not as expected, "" when all is.
func (j *keysJob) verify(ctx context.Context) (string, error) {
	v := j.args.Verify
	reply, err := j.request(ctx, v.Method, v.Path)
	if err != nil {
		return "", err
	}
	if reply.status != v.ExpectStatus {
		return fmt.Sprintf("%s %s was answered with status %d, expected %d", v.Method, v.Path, reply.status, v.ExpectStatus), nil
	}
	if v.ExpectBody == nil {
		return "", nil
	}
	re, err := regexp.Compile(*v.ExpectBody)
	if err != nil {
		return "", &sdk.Failure{Class: sdk.Failed, Summary: "expect_body is no regular expression", Arg: "verify.expect_body", Why: err.Error()}
	}
	if !re.Match(reply.body) {
		return fmt.Sprintf("the body that %s %s was answered with does not match expect_body", v.Method, v.Path), nil // it may hold a token: not shown
	}
	return "", nil
}
