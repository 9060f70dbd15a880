package bwsim

import (
	"bufio"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// maxRequest is how many bytes one connection may send.
const maxRequest = 1 << 20

// serveHTTP answers one request and closes the connection.
func (h *Host) serveHTTP(conn net.Conn, at netip.AddrPort) {
	defer conn.Close() // says goodbye in TLS, too
	known := false
	if secure, ok := conn.(*tls.Conn); ok {
		known = len(secure.ConnectionState().PeerCertificates) > 0
	}
	r, err := http.ReadRequest(bufio.NewReader(io.LimitReader(conn, maxRequest)))
	if err != nil {
		return
	}
	a := h.web(r, at, known)
	h.record(Event{Kind: Request, Text: fmt.Sprintf("%s %s %d", r.Method, r.URL.Path, a.status)})
	response := http.Response{
		StatusCode: a.status, ProtoMajor: 1, ProtoMinor: 1, Request: r, Close: true,
		Header:        http.Header{"Content-Type": {a.kind}},
		Body:          io.NopCloser(strings.NewReader(a.body)),
		ContentLength: int64(len(a.body)),
	}
	response.Write(conn) // a caller who hung up needs no answer
}

// webAnswer is what a web application answers.
type webAnswer struct {
	status     int
	kind, body string
}

func saying(status int) webAnswer {
	return webAnswer{status, "text/plain", http.StatusText(status) + "\n"}
}

// web finds the application that a request is for. Only the authentication
// service answers; assumed: a service that is stopped or not deployed is not
// found.
//
// A real server asks for the certificate of a client when it sees which
// application the client wants. TLS 1.3 cannot renegotiate and neither can this
// library; so the listener asks everybody when one application demands it, and
// that application answers 403 to those who have shown none.
func (h *Host) web(r *http.Request, at netip.AddrPort, known bool) webAnswer {
	cfg := h.Active()
	app := cfg.app(AuthenticationService)
	rest, ok := strings.CutPrefix(r.URL.Path, app.Path)
	switch {
	case app.State != AppDeployed || app.Path == "" || !ok:
		return saying(http.StatusNotFound)
	case cfg.demandsClient(at, AuthenticationService) && !known:
		return saying(http.StatusForbidden)
	case rest != "/token":
		return saying(http.StatusNotFound)
	case r.Method != http.MethodGet:
		return saying(http.StatusMethodNotAllowed)
	}
	key, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(r.URL.Query().Get("key"), "="))
	if err != nil || len(key) == 0 {
		return saying(http.StatusBadRequest) // assumed: as every other status here but 200
	}
	h.needKeys()
	return h.dialect.tokenBody.answer()
}

// demandsClient tells whether a web application has an entry that demands a
// client certificate on an interface.
func (c *Config) demandsClient(at netip.AddrPort, app string) bool {
	return slices.ContainsFunc(c.WebApps, func(w WebApp) bool {
		return netip.AddrPortFrom(w.IP, uint16(w.Port)) == at && strings.EqualFold(w.Application, app) && w.ClientAuthReq
	})
}

// needKeys lets the authentication service make its keys when it has none.
func (h *Host) needKeys() {
	h.mu.Lock()
	made := false
	if !h.active.Keys.Exist() {
		// assumed: keys that were imported are found without a restart when the
		// service has none in memory
		if made = !h.stored.Keys.Exist(); made {
			h.stored.Keys = NewKeys()
		}
		h.active.Keys = h.stored.Keys
	}
	digest := h.active.Keys.Digest()
	h.mu.Unlock()
	if made {
		h.record(Event{Kind: KeysMade, SHA256: digest})
	}
}

// tokenStyle is what the token URL answers; nothing of it is published.
type tokenStyle int

const (
	tokenPlain tokenStyle = iota
	tokenJSON
	tokenXML
	tokenEmpty
)

// answer makes a token that nobody can use. assumed: all of it.
func (s tokenStyle) answer() webAnswer {
	random := make([]byte, 96)
	rand.Read(random)
	token := base64.RawURLEncoding.EncodeToString(random)
	switch s {
	case tokenJSON:
		return webAnswer{http.StatusOK, "application/json", `{"token":"` + token + `"}` + "\n"}
	case tokenXML:
		return webAnswer{http.StatusOK, "application/xml", `<?xml version="1.0" encoding="UTF-8"?>` + "\n<token>" + token + "</token>\n"}
	case tokenEmpty:
		return webAnswer{status: http.StatusOK, kind: "text/plain"}
	}
	return webAnswer{http.StatusOK, "text/plain", token}
}
