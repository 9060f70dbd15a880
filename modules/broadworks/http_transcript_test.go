package broadworks

import (
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/plugins/sdk"
	"github.com/muster-run/muster/plugins/sdk/sdktest"
)

var sameRow = []cmp.Option{cmp.AllowUnexported(row{}, webApp{}), cmpopts.EquateComparable(netip.Addr{})}

func TestReadHTTPInterfaces(t *testing.T) {
	// As published: aligned by hand, five values under six headings.
	const published = `Interface   Port   Name   Secure   Client Auth Req   Cluster Fqdn
=======================================================
192.0.2.7   443   xsp01.collab.example.net   true   false
192.0.2.7   444   xsp01.collab.example.net   true   true
`
	const exact = `  Interface  Port    Name  Secure  Client Auth Req      Cluster Fqdn
====================================================================
  192.0.2.7   443  xsp 01    true            false
  192.0.2.7   444     Two                           xsp.example.net
       ::1   8443   Three   false             true            false

3 entries found.
`
	at := netip.MustParseAddr("192.0.2.7")
	guide := []row{{address: at, port: 443, name: "xsp01.collab.example.net", secure: true},
		{address: at, port: 444, name: "xsp01.collab.example.net", secure: true, clientAuth: true}}
	for name, tt := range map[string]struct {
		text string
		want []row
		bad  bool
	}{
		"as published": {text: published, want: guide},
		"left-justified": {text: `  Interface  Port  Name                      Secure  Client Auth Required  Cluster FQDN
  ======================================================================================
  192.0.2.7  443   xsp01.collab.example.net  true    false
  192.0.2.7  444   xsp01.collab.example.net  true    true                  -
`, want: guide},
		"empty cells": {text: exact, want: []row{{address: at, port: 443, name: "xsp 01", secure: true}, {address: at, port: 444, name: "Two", cluster: "xsp.example.net"},
			{address: netip.MustParseAddr("::1"), port: 8443, name: "Three", clientAuth: true}}},
		"none":           {text: "  Interface  Port  Name  Secure  Client Auth Req  Cluster Fqdn\n====\n\n0 entry found.\n"},
		"no table":       {text: "0 entry found.\n"},
		"something else": {text: "The window is closed.\n", bad: true},
		"a column less":  {text: "  Interface  Port  Secure\n==========\n  192.0.2.7  443  true\n", bad: true},
		"no port":        {text: strings.Replace(exact, "  443  ", "  abc  ", 1), bad: true},
	} {
		t.Run(name, func(t *testing.T) {
			l := bwcli.ParseListing(tt.text)
			got, err := httpFamily.parse(&l)
			if (err != nil) != tt.bad {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, sameRow...); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadWebApps(t *testing.T) {
	l := bwcli.ParseListing(`  Interface Ip  Port       Application Name  Client Auth Req
============================================================
     192.0.2.7   443  AuthenticationService             true
     192.0.2.7   443            Xsi-Actions            false
`)
	got, err := parseApps(&l)
	at := netip.MustParseAddr("192.0.2.7")
	want := []webApp{{at, 443, "AuthenticationService", true}, {at, 443, "Xsi-Actions", false}}
	if diff := cmp.Diff(want, got, sameRow...); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	for _, text := range []string{"Wait.\n", "  Interface Ip  Port\n=====\n  192.0.2.7  443\n", "  Interface Ip  Port  Application Name  Client Auth Req\n====\n  192.0.2.7  443  x  maybe\n"} {
		l := bwcli.ParseListing(text)
		if got, err := parseApps(&l); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestFits(t *testing.T) {
	for _, tt := range []struct {
		cipher, versions, kind string
		want                   bool
	}{
		{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "", "", true},
		{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLSv1.2", "RSA", true},
		{"tls_ecdhe_rsa_with_aes_128_gcm_sha256", "tlsv1.2", "RSA", true},
		{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "", "ECDSA", false},
		{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLSv1.1 TLSv1.3", "", false},
		{"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "TLSv1.1", "RSA", true},
		{"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", "TLSv1.1", "RSA", false},
		{"TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256", "TLSv1.2", "RSA", false}, // the key of the certificate must be one of EC
		{"TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256", "TLSv1.2", "ECDSA", true},
		{"TLS_RSA_WITH_AES_128_CBC_SHA", "TLSv1", "RSA", true},
		{"TLS_DHE_DSS_WITH_AES_128_CBC_SHA", "", "RSA", false},
		{"TLS_AES_128_GCM_SHA256", "TLSv1.3", "ECDSA", true},
		{"TLS_AES_128_GCM_SHA256", "TLSv1.2", "", false},
		{"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305", "TLSv1.2", "ECDSA", true},
	} {
		if got := fits(tt.cipher, strings.Fields(tt.versions), tt.kind); got != tt.want {
			t.Errorf("%s in %q with %q: %v", tt.cipher, tt.versions, tt.kind, got)
		}
	}
}

// webConsole is a bwcli with the contexts of HTTP interfaces, each a table.
type webConsole struct {
	kind   string // of the server; empty is XSP
	inside bool
	level  string
	tables map[string]*webTable // by context, in lower case
}

type webTable struct {
	titles []string
	keys   int // how many of the first columns name a row
	rows   [][]string
	// own does a verb in its own way; nil, or an empty answer, leaves it to the table.
	own func(verb string, args []string) string
}

func newWebConsole(rows, apps [][]string, ciphers ...string) *webConsole {
	list := &webTable{titles: []string{"Cipher Name"}, keys: 1}
	for _, n := range ciphers {
		list.rows = append(list.rows, []string{n})
	}
	return &webConsole{tables: map[string]*webTable{
		httpContext:    {titles: []string{"Interface", "Port", "Name", "Secure", "Client Auth Req", "Cluster Fqdn"}, keys: 2, rows: rows},
		webAppsContext: {titles: []string{"Interface Ip", "Port", "Application Name", "Client Auth Req"}, keys: 3, rows: apps},
		"/Interface/Http/SSLCommonSettings/Ciphers":   list,
		httpContext + "/SSLSettings/Ciphers":          {titles: []string{"Cipher Name"}, keys: 3},
		httpContext + "/SSLSettings/Protocols":        {titles: []string{"Protocol Name"}, keys: 3},
		"/Interface/Http/SSLCommonSettings/Protocols": {titles: []string{"Protocol Name"}, keys: 1},
	}}
}

func (d *webConsole) Open() string { return "bwadmin@xsp1$ " }

func (d *webConsole) Line(text string) (string, bool) {
	words := strings.Fields(text)
	out := "Invalid command\n"
	table := d.tables[d.level]
	switch {
	case len(words) == 0:
		out = ""
	case !d.inside && text == "bwcli":
		d.inside, out = true, "BroadWorks Command Line Interface\n"
	case words[0] == "cd" && d.tables[words[1]] != nil:
		d.level, out = words[1], ""
	case words[0] == "qa":
		d.level, out = "", ""
	case table != nil:
		out = table.do(words[0], words[1:])
	}
	if !d.inside {
		return out + "bwadmin@xsp1$ ", false
	}
	kind := "XSP"
	if d.kind != "" {
		kind = d.kind
	}
	return out + kind + "_CLI" + d.level + "> ", false
}

func (w *webTable) do(verb string, args []string) string {
	if w.own != nil {
		if out := w.own(verb, args); out != "" {
			return out
		}
	}
	if verb == "get" {
		out := "  " + strings.Join(w.titles, "  ") + "\n" + strings.Repeat("=", len(strings.Join(w.titles, "  "))+2) + "\n"
		for _, r := range w.rows {
			out += "  " + strings.Join(r, "   ") + "\n"
		}
		return out
	}
	at := slices.IndexFunc(w.rows, func(r []string) bool { return len(args) >= w.keys && slices.Equal(r[:w.keys], args[:w.keys]) })
	switch {
	case verb == "add" && at < 0 && len(args) >= min(len(w.titles), 5):
		w.rows = append(w.rows, args)
	case verb == "delete" && at >= 0 && len(args) == w.keys:
		w.rows = slices.Delete(w.rows, at, at+1)
	case verb == "set" && at >= 0 && w.keys == 3 && len(args) == 5 && args[3] == "clientAuthReq":
		w.rows[at][3] = args[4]
	default:
		return "[Error] Invalid parameter\n"
	}
	return "...Done\n"
}

// onWeb puts a console behind a case's connection and hands it to the judge of that case.
func onWeb(c sdktest.Case, open func() *webConsole, judge func(*webConsole) string) sdktest.Case {
	return onHost(c, func(*sdktest.Conn) *webConsole { return open() }, judge)
}

// onHost is onWeb where the console looks at its host's files.
func onHost(c sdktest.Case, open func(*sdktest.Conn) *webConsole, judge func(*webConsole) string) sdktest.Case {
	var consoles sync.Map // by connection; hosts are prepared while others run
	before := c.Prepare
	c.Prepare = func(conn *sdktest.Conn, args vals) {
		if before != nil {
			before(conn, args)
		}
		d := open(conn)
		consoles.Store(conn, d)
		conn.Devices = map[string]func() sdktest.Device{"cli": func() sdktest.Device { return d }}
	}
	c.Verify = func(t testing.TB, conn *sdktest.Conn) {
		d, _ := consoles.Load(conn)
		if wrong := judge(d.(*webConsole)); wrong != "" {
			t.Error(wrong)
		}
	}
	return c
}

// ends judges the rows of a context.
func ends(context string, rows ...string) func(*webConsole) string {
	return func(d *webConsole) string {
		var got []string
		for _, r := range d.tables[context].rows {
			got = append(got, strings.Join(r, " "))
		}
		return cmp.Diff(rows, got)
	}
}

func TestHTTPInterfaceConforms(t *testing.T) {
	plain := vals{"secure": cty.False, "name": cty.StringVal("web"), "port": cty.NumberIntVal(80)}
	old := []string{"127.0.0.1", "80", "old", "false", "false"}
	app := []string{"127.0.0.1", "80", "AuthenticationService", "true"}
	const want = "127.0.0.1 80 web false false"
	sdktest.Conform(t, HTTPInterface{},
		onWeb(sdktest.Case{Name: "new", Args: plain}, func() *webConsole { return newWebConsole(nil, nil) }, ends(httpContext, want)),
		onWeb(sdktest.Case{Name: "another name", Args: plain}, func() *webConsole { return newWebConsole([][]string{old}, [][]string{app}) }, ends(httpContext, want)),
		onWeb(sdktest.Case{Name: "there", Args: vals{"secure": cty.False, "port": cty.NumberIntVal(80)}, Same: true},
			func() *webConsole { return newWebConsole([][]string{old}, nil) }, ends(httpContext, strings.Join(old, " "))),
	)
}

func TestWebAppConforms(t *testing.T) {
	row := []string{"127.0.0.1", "443", "web", "false", "false"}
	app := func(auth string) []string { return []string{"127.0.0.1", "443", "AuthenticationService", auth} }
	open := func(apps ...[]string) func() *webConsole {
		return func() *webConsole { return newWebConsole([][]string{row}, apps) }
	}
	const want = "127.0.0.1 443 AuthenticationService true"
	sdktest.Conform(t, WebAppMTLS{},
		onWeb(sdktest.Case{Name: "new"}, open(), ends(webAppsContext, want)),
		onWeb(sdktest.Case{Name: "set"}, func() *webConsole { return open(app("false"))() }, ends(webAppsContext, want)),
		onWeb(sdktest.Case{Name: "in another case", Same: true, Args: vals{"application": cty.StringVal("authenticationservice")}},
			func() *webConsole { return open(app("true"))() }, ends(webAppsContext, want)),
	)
}

func TestTLSSettingsConforms(t *testing.T) {
	const context = "/Interface/Http/SSLCommonSettings/Ciphers"
	exact := vals{"level": cty.StringVal("http"), "ciphers": strs(rsaSuite)}
	require := vals{"level": cty.StringVal("http"), "require_ciphers": strs(rsaSuite)}
	open := func(names ...string) func() *webConsole {
		return func() *webConsole { return newWebConsole(nil, nil, names...) }
	}
	sdktest.Conform(t, TLSSettings{},
		onWeb(sdktest.Case{Name: "first", Args: exact}, open(), ends(context, rsaSuite)),
		onWeb(sdktest.Case{Name: "exact", Args: exact}, open(ecdsaSuite), ends(context, rsaSuite)),
		onWeb(sdktest.Case{Name: "required", Args: require}, open(ecdsaSuite), ends(context, ecdsaSuite, rsaSuite)),
		onWeb(sdktest.Case{Name: "there", Args: require, Same: true}, open(rsaSuite, ecdsaSuite), ends(context, rsaSuite, ecdsaSuite)),
	)
}

func TestValidateHTTP(t *testing.T) {
	for _, tt := range []struct {
		module sdk.Module
		args   vals
		want   []string
	}{
		{HTTPInterface{}, nil, nil},
		{HTTPInterface{}, vals{"port": cty.NumberIntVal(0)}, []string{"!port"}},
		{HTTPInterface{}, vals{"port": cty.NumberFloatVal(44.3)}, []string{"!port"}},
		{HTTPInterface{}, vals{"address": cty.StringVal("0.0.0.0")}, []string{"!address"}},
		{HTTPInterface{}, vals{"name": cty.StringVal("")}, []string{"!name"}},
		{HTTPInterface{}, vals{"name": cty.StringVal("a;b"), "cluster_fqdn": cty.StringVal("a\nb")}, []string{"!name", "!cluster_fqdn"}},
		{HTTPInterface{}, vals{"cluster_fqdn": cty.StringVal(""), "client_auth": cty.UnknownVal(cty.Bool)}, nil},
		{HTTPInterface{}, vals{"ciphers": strs("AES128-SHA")}, []string{"!ciphers[0]"}},
		{WebAppMTLS{}, nil, nil},
		{WebAppMTLS{}, vals{"application": cty.StringVal("Auth Service")}, []string{"!application"}},
		{WebAppMTLS{}, vals{"application": cty.StringVal("a;b"), "port": cty.NumberIntVal(65536)}, []string{"!port", "!application"}},
		{TLSSettings{}, vals{"level": cty.StringVal("http")}, []string{"!"}},
		{TLSSettings{}, vals{"level": cty.StringVal("http"), "protocols": strs("TLSv1.1"), "ciphers": strs(rsaSuite)}, []string{"?ciphers"}},
		{TLSSettings{}, vals{"level": cty.StringVal("http"), "protocols": strs("TLSv1.2"), "ciphers": strs(rsaSuite)}, nil},
		{TLSSettings{}, vals{"level": cty.StringVal("http"), "protocols": strs("SSLv3"), "require_protocols": strs("TLSv1.2")}, []string{"!require_protocols", "!protocols[0]"}},
		{TLSSettings{}, vals{"level": cty.UnknownVal(cty.String), "ciphers": cty.UnknownVal(cty.List(cty.String))}, nil},
	} {
		if diff := cmp.Diff(tt.want, problems(t, tt.module, tt.args)); diff != "" {
			t.Errorf("%s %v (-want +got):\n%s", tt.module.Describe().Name, tt.args, diff)
		}
	}
}
