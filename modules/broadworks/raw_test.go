package broadworks

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/plugins/sdk"
	"github.com/muster-run/muster/plugins/sdk/sdktest"
)

type vals = map[string]cty.Value

func commands(lines ...string) cty.Value {
	var out []cty.Value
	for _, l := range lines {
		out = append(out, strs(strings.Fields(l)...))
	}
	return cty.ListVal(out)
}

func texts(kv ...string) cty.Value {
	m := map[string]cty.Value{}
	for i := 0; i < len(kv); i += 2 {
		m[kv[i]] = cty.StringVal(kv[i+1])
	}
	return cty.MapVal(m)
}

// console is a bwcli with one context /System/Mail, where url and password can be set; it asks as the test says.
type console struct {
	inside   bool
	level    string
	url      string
	password string
	confirm  string // what it asks before it sets the url
	deaf     bool   // it says ...Done and does nothing
	waits    func(answer string) string
}

func (d *console) Open() string { return d.prompt() }

func (d *console) prompt() string {
	if !d.inside {
		return "bwadmin@xsp1$ "
	}
	return "XSP_CLI" + d.level + "> "
}

func (d *console) Line(text string) (string, bool) {
	if d.waits != nil {
		w := d.waits
		d.waits = nil
		return w(text) + d.ask(), false
	}
	out := d.run(text)
	return out + d.ask(), false
}

// ask is the prompt, unless a question stands open.
func (d *console) ask() string {
	if d.waits != nil {
		return ""
	}
	return d.prompt()
}

func (d *console) run(text string) string {
	verb, value, _ := strings.Cut(text, " ")
	switch {
	case !d.inside && text == "bwcli":
		d.inside = true
		return "BroadWorks Command Line Interface\n"
	case text == "":
		return ""
	case verb == "cd":
		if value != "/System/Mail" {
			return "Invalid path\n"
		}
		d.level = value
	case verb == "get":
		set := map[bool]string{true: "yes", false: "no"}[d.password != ""]
		return fmt.Sprintf("  url = %s\n  passwordSet = %s\n", d.url, set)
	case text == "set password":
		d.waits = func(p string) string { d.password = p; return "...Done\n" }
		return "New password: "
	case strings.HasPrefix(text, "set url ") && d.confirm != "":
		d.waits = func(a string) string {
			if a != "y" {
				return "Cancelled\n"
			}
			return d.setURL(text)
		}
		return d.confirm + " (y/n)? "
	case strings.HasPrefix(text, "set url "):
		return d.setURL(text)
	default:
		return "[Error] Invalid command\n"
	}
	return ""
}

func (d *console) setURL(text string) string {
	if !d.deaf {
		d.url = strings.TrimPrefix(text, "set url ")
	}
	return "...Done\n*** Warning: BroadWorks needs to be restarted for the changes to take effect ***\n"
}

func onConsole(c *sdktest.Conn, d *console) {
	c.Devices = map[string]func() sdktest.Device{"cli": func() sdktest.Device { return d }}
}

func mail(more vals) vals {
	out := vals{"context": cty.StringVal("/System/Mail")}
	for k, v := range more {
		out[k] = v
	}
	return out
}

var setURL = vals{"want": texts("URL", "http://b"), "do": commands("set url http://b")}

func TestRawConforms(t *testing.T) {
	secret := func(c *sdktest.Conn) cty.Value {
		return cty.ListVal([]cty.Value{cty.ObjectVal(vals{"prompt": cty.StringVal("new password"), "value": sdktest.HandleVal(c.Secret("mail", "hunter2"))})})
	}
	sdktest.Conform(t, Raw{},
		sdktest.Case{Name: "set", Args: mail(setURL), Prepare: func(c *sdktest.Conn, _ vals) { onConsole(c, &console{url: "http://a"}) }},
		sdktest.Case{Name: "set already", Args: mail(setURL), Same: true, Prepare: func(c *sdktest.Conn, _ vals) { onConsole(c, &console{url: "http://b"}) }},
		sdktest.Case{Name: "read", Args: mail(vals{"read": strs("get")}), Same: true, Prepare: func(c *sdktest.Conn, _ vals) { onConsole(c, &console{}) }},
		sdktest.Case{Name: "always", Args: mail(vals{"do": commands("set url http://c")}), Prepare: func(c *sdktest.Conn, _ vals) { onConsole(c, &console{}) }},
		sdktest.Case{Name: "confirmed", Args: mail(vals{"want": setURL["want"], "do": setURL["do"], "confirm": strs("replace the URL")}),
			Prepare: func(c *sdktest.Conn, _ vals) { onConsole(c, &console{confirm: "Replace  the url?"}) }},
		sdktest.Case{Name: "secret", Args: mail(vals{"want": texts("passwordSet", "true"), "do": commands("set password")}),
			Prepare: func(c *sdktest.Conn, args vals) { onConsole(c, &console{}); args["secret"] = secret(c) }},
	)
}

func TestRawSecretIsTyped(t *testing.T) {
	conn, d := sdktest.NewConn(t), &console{}
	onConsole(conn, d)
	args := mail(vals{"do": commands("set password"), "secret": cty.ListVal([]cty.Value{
		cty.ObjectVal(vals{"prompt": cty.StringVal("passphrase"), "value": sdktest.HandleVal(conn.Secret("other", "wrong"))}),
		cty.ObjectVal(vals{"prompt": cty.StringVal("Password"), "value": sdktest.HandleVal(conn.Secret("mail", "canary"))}),
	})})
	res, err := Raw{}.Apply(t.Context(), sdktest.Request(t, Raw{}.Describe(), conn, args, nil))
	if err != nil || d.password != "canary" || strings.Contains(fmt.Sprintf("%+v", res), "canary") {
		t.Errorf("typed %q: %+v, %v", d.password, res, err)
	}
}

func TestRawFailures(t *testing.T) {
	for _, tt := range []struct {
		name    string
		console console
		args    vals
		says    string
		url     string // afterwards
	}{
		{"not foreseen", console{confirm: "Really replace?"}, setURL, "question that the task did not foresee", ""},
		{"no secret", console{}, vals{"do": commands("set password")}, "password that the task did not foresee", ""},
		{"refused", console{}, vals{"want": texts("url", "x"), "do": commands("put url x", "set url x")}, "put in /System/Mail did not succeed", ""},
		{"refused, nothing wanted", console{}, vals{"do": commands("set url x", "put url x")}, "1 of 2 commands were typed before it", "x"},
		{"done and not done", console{deaf: true}, setURL, "URL: http://b is missing", ""},
		{"a key that is not shown", console{url: "http://b"}, vals{"want": texts("uri", "http://b"), "do": commands("set url http://b")}, "uri: http://b is missing", "http://b"},
		{"nothing to do about it", console{url: "http://a"}, vals{"want": texts("url", "http://b")}, "url: http://a, wanted http://b", "http://a"},
		{"rows of a listing without", console{}, vals{"want_rows": cty.ListVal([]cty.Value{texts("Name", "a")}), "do": commands("add a")}, "has no rows", ""},
		{"no such context", console{}, vals{"context": cty.StringVal("/Sytem"), "read": strs("get")}, "/Sytem", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			conn, d := sdktest.NewConn(t), tt.console
			onConsole(conn, &d)
			_, err := Raw{}.Apply(t.Context(), sdktest.Request(t, Raw{}.Describe(), conn, mail(tt.args), nil))
			f := (*sdk.Failure)(nil)
			if !errors.As(err, &f) || !strings.Contains(strings.Join([]string{f.Summary, f.Why, f.State}, "\n"), tt.says) {
				t.Errorf("got %+v", err)
			}
			if d.url != tt.url {
				t.Errorf("the url is %q, want %q", d.url, tt.url)
			}
		})
	}
}

func TestRawCompare(t *testing.T) {
	const table = `  Container  Name                           Value
=================================================
  tomcat     bw.authservice.authServiceUrl  http://127.0.0.1/authService
  platform   bw.debug                       true

2 entries found.
`
	rows := func(kv ...string) []map[string]string {
		m := map[string]string{}
		for i := 0; i < len(kv); i += 2 {
			m[kv[i]] = kv[i+1]
		}
		return []map[string]string{m}
	}
	for _, tt := range []struct {
		name string
		text string
		want rawWant
		diff []sdk.Diff
		bad  string
	}{
		{"a row", table, rawWant{rows: rows("container", "tomcat", "Value", "http://127.0.0.1/authService")}, nil, ""},
		{"a truth", table, rawWant{rows: rows("name", "bw.debug", "value", "Yes")}, nil, ""},
		{"of another row", table, rawWant{rows: rows("container", "tomcat", "value", "true")}, []sdk.Diff{{What: "row", After: "container = tomcat, value = true"}}, ""},
		{"other case", table, rawWant{rows: rows("name", "BW.debug")}, []sdk.Diff{{What: "row", After: "name = BW.debug"}}, ""},
		{"other case borne", table, rawWant{rows: rows("name", "BW.debug"), ignoreCase: true}, nil, ""},
		{"unwanted", table, rawWant{unwanted: rows("name", "bw.debug")}, []sdk.Diff{{What: "row", Before: "name = bw.debug"}}, ""},
		{"unwanted and gone", table, rawWant{unwanted: rows("name", "bw.trace")}, nil, ""},
		{"no such column", table, rawWant{unwanted: rows("key", "bw.debug")}, nil, "no column"},
		{"nothing listed", "", rawWant{rows: rows("a", "b")}, []sdk.Diff{{What: "row", After: "a = b"}}, ""},
		{"no entries", "0 entry found.\n", rawWant{unwanted: rows("a", "b")}, nil, ""},
		{"not understood", "Welcome\n", rawWant{values: map[string]string{"a": "b"}}, nil, "neither a table"},
		{"lines", "a = 1\nb = true\n", rawWant{values: map[string]string{"A": "1", "b": "on", "c": "x"}}, []sdk.Diff{{What: "c", After: "x"}}, ""},
		{"a number is no truth", "a = 1\n", rawWant{values: map[string]string{"a": "true"}}, []sdk.Diff{{What: "a", Before: "1", After: "true"}}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := bwcli.ParseListing(tt.text)
			got, err := tt.want.compare(&l)
			if (err != nil) != (tt.bad != "") || err != nil && !strings.Contains(err.Error(), tt.bad) {
				t.Errorf("%v", err)
			}
			if diff := cmp.Diff(tt.diff, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
	l := bwcli.ParseListing(table)
	out := rawOutputs(&l)
	if row := out.Attr("rows").AsValueSlice()[1].AsValueMap(); row["Name"].AsString() != "bw.debug" {
		t.Errorf("rows %#v", out.Attr("rows"))
	}
}

func TestRawValidate(t *testing.T) {
	str := cty.StringVal
	for name, tt := range map[string]struct {
		args vals
		want []string
	}{
		"good":         {mail(setURL), nil},
		"nothing":      {mail(nil), []string{""}},
		"server type":  {vals{"context": str("XSP_CLI/System/Mail>"), "read": strs("get")}, []string{"context"}},
		"relative":     {vals{"context": str("System"), "read": strs("get")}, []string{"context"}},
		"prompt":       {vals{"context": str("/System> get"), "read": strs("get")}, []string{"context"}},
		"separator":    {vals{"context": str("/System;x"), "read": strs("get")}, []string{"context"}},
		"no get":       {mail(vals{"read": strs("list")}), []string{"read[0]"}},
		"no words":     {mail(vals{"do": cty.ListVal([]cty.Value{cty.ListValEmpty(cty.String)})}), []string{"do[0]"}},
		"whole line":   {mail(vals{"do": cty.ListVal([]cty.Value{strs("set url x")})}), []string{"do[0][0]"}},
		"two commands": {mail(vals{"do": commands("set url x;quit")}), []string{"do[0][2]"}},
		"leaves":       {mail(vals{"do": commands("set url x", "cd /")}), []string{"do[1][0]"}},
		"any row":      {mail(vals{"want_rows": cty.ListVal([]cty.Value{cty.MapValEmpty(cty.String)})}), []string{"want_rows[0]"}},
		"any question": {mail(vals{"do": commands("x"), "confirm": strs("y", " ")}), []string{"confirm[1]"}},
	} {
		var got []string
		for _, p := range (Raw{}).Validate(t.Context(), sdktest.Request(t, Raw{}.Describe(), nil, tt.args, nil)) {
			got = append(got, p.Arg)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func FuzzRawCompare(f *testing.F) {
	f.Add("  Name  Value\n=====\n  a   b\n", "name", "a")
	f.Add("a = b\n", "a", "true")
	f.Fuzz(func(t *testing.T, text, key, value string) {
		l := bwcli.ParseListing(text)
		rawOutputs(&l)
		row := map[string]string{key: value}
		for _, w := range []rawWant{{values: row}, {rows: []map[string]string{row}}, {unwanted: []map[string]string{row}}} {
			if diff, err := w.compare(&l); err != nil && diff != nil {
				t.Errorf("%v and %v", diff, err)
			}
		}
	})
}
