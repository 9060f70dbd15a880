package main

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"slices"
	"testing"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

// parts are what one server can have of the guide, set without anybody typing it.
type parts struct {
	t      *testing.T
	w      *whole
	host   *bwsim.Host
	config *bwsim.Config
}

func (p *parts) file(path string, data []byte) {
	if err := p.host.WriteFile(path, data); err != nil {
		p.t.Fatal(err)
	}
}

func (p *parts) read(name string) []byte {
	data, err := os.ReadFile(p.w.file(name))
	if err != nil {
		p.t.Fatal(err)
	}
	return data
}

// anchors are both anchors in both places.
func (p *parts) anchors() {
	rest := p.read("CombinedCertChain2023.txt")
	var trusts []bwsim.Trust
	for _, role := range []string{"root", "issuing"} {
		var block *pem.Block
		block, rest = pem.Decode(rest)
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			p.t.Fatal(err)
		}
		trusts = append(trusts, bwsim.Trust{Alias: "webexclient" + role + "2023", Certificate: cert})
	}
	p.config.HTTPTrusts, p.config.CTITrusts = slices.Clone(trusts), slices.Clone(trusts)
}

// uploads are the files that a certificate is made of.
func (p *parts) uploads() {
	p.file("/tmp/server.key", p.read("certs/"+p.host.Name()+".key"))
	p.file("/tmp/server.crt", p.read("certs/"+p.host.Name()+".crt"))
	p.file("/tmp/chain.pem", p.read("certs/chain.pem"))
}

func (p *parts) certificate() bwsim.Certificate {
	p.uploads()
	c, err := p.host.Certificate("/tmp/server.key", "/tmp/server.crt", "/tmp/chain.pem")
	if err != nil {
		p.t.Fatal(err)
	}
	return c
}

// interfaces are the CTI and the HTTP interface.
func (p *parts) interfaces(certificate bwsim.Certificate) {
	settings := bwsim.SSLSettings{Certificate: certificate, TLSLists: bwsim.TLSLists{
		Protocols: []string{"TLSv1.2"}, Ciphers: []string{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"}}}
	p.config.CTI = []bwsim.CTIInterface{{IP: p.host.CTIAddr(), Port: 8012, Secure: true, ServerCertificate: true, ClientAuthReq: true, SSLSettings: settings}}
	at := p.host.HTTPAddr()
	p.config.HTTP = []bwsim.HTTPInterface{{IP: at.Addr(), Port: int(at.Port()), Name: p.host.Name(), Secure: true, ClientAuthReq: true, SSLSettings: settings}}
}

// all is everything that the guide wants of an XSP.
func (p *parts) all(keys bwsim.Keys) {
	p.anchors()
	p.interfaces(p.certificate())
	c := p.config
	for i, app := range c.Applications {
		if app.Name == bwsim.AuthenticationService {
			c.Applications[i].Path, c.Applications[i].State = "/authService", bwsim.AppDeployed
		}
	}
	c.AllowClientApp = true
	c.Token = bwsim.TokenSettings{Issuer: "BroadWorks", DurationInHours: 1440}
	c.Keys = keys
	c.AuthServiceURL = "http://127.0.0.1/authService"
	c.ContainerOptions = []bwsim.ContainerOption{{Container: "tomcat", Name: "bw.authservice.authServiceUrl", Value: c.AuthServiceURL}}
}
