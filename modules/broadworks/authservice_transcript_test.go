package broadworks

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/plugins/sdk"
	"github.com/muster-run/muster/plugins/sdk/sdktest"
)

func TestAuthApps(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		want []authApp
	}{
		"right-justified": {"                   Name      Version   Context Path     Status\n" +
			"==============================================================\n" +
			"             Xsi-Events  23.0_1.1075    /xsi-events   Deployed\n" +
			"  AuthenticationService  23.0_1.1075                 Installed\n",
			[]authApp{{version: "23.0_1.1075", state: appInstalled}}},
		"as bwshowver writes it": {"Applications Info:\n- Xsi-VTR version 2022.11_1.273 context path /vtr\n" +
			"- AuthenticationService version 2022.11_1.273 context path /authservice\n",
			[]authApp{{version: "2022.11_1.273", path: "/authservice", state: appActivated}}},
		"two versions": {"Application             Version  State\n=======================================\n" +
			"authenticationService  22.0_1.1123  Active\nauthenticationService  22.0_1.1124  Not deployed\n",
			[]authApp{{version: "22.0_1.1123", state: appActivated}, {version: "22.0_1.1124", state: appActivated}}},
		"aligned by hand": {"  Identity   Version   Path   Status\n==========================\nXsi-Events       23.0_1.1075      /com.broadsoft.xsi-events      deployed\n" +
			"AuthenticationService       23.0_1.1075            installed\n", []authApp{{version: "23.0_1.1075", state: appInstalled}}},
		"undeployed": {"  Name  State\n===========\n  AUTHENTICATIONSERVICE  Undeployed\n", []authApp{{state: appActivated}}},
		"none":       {"  Name  State\n=============\n\n0 entry found.\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			l := bwcli.ParseListing(tt.text)
			if diff := cmp.Diff(tt.want, authApps(&l), cmp.AllowUnexported(authApp{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadKeys(t *testing.T) {
	const sum = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
	for name, tt := range map[string]struct {
		text string
		want keysShown
	}{
		"nothing":          {"", keysShown{}},
		"a digest":         {"  fingerprint = " + sum + "\n", keysShown{some: true, identity: sum + "\n"}},
		"with colons":      {"SHA256: 9F:86:D0:81:88:4C:7D:65:9A:2F\n", keysShown{some: true, identity: "9f86d081884c7d659a2f\n"}},
		"a date":           {"  created = 2026-11-21 20:00:00\n", keysShown{some: true}},
		"yes":              {"keysPresent = true\n", keysShown{some: true}},
		"no":               {"keysPresent = false\n", keysShown{none: true}},
		"none":             {"privateKey = none\npublicKey = none\n", keysShown{none: true}},
		"an empty table":   {"  Alias  Digest\n===============\n\n0 entry found.\n", keysShown{none: true}},
		"a length alone":   {"keyLength = 2048\n", keysShown{}},
		"a length and yes": {"keyLength = 2048\nkeys = generated\n", keysShown{some: true}},
		"a path alone":     {"keyStore = /var/broadworks/keys\n", keysShown{}},
	} {
		t.Run(name, func(t *testing.T) {
			l := bwcli.ParseListing(tt.text)
			if diff := cmp.Diff(tt.want, readKeys(&l), cmp.AllowUnexported(keysShown{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFindOption(t *testing.T) {
	const key, url = "bw.authservice.authServiceUrl", "http://127.0.0.1/authService"
	o := option{Container: "tomcat", Key: key}
	for name, tt := range map[string]struct {
		text  string
		found bool
	}{
		"table":               {"  Container                           Name                         Value\n=========================================================================\n     tomcat  " + key + "  " + url + "\n", true},
		"of another":          {"  Container                           Name                         Value\n=========================================================================\n   platform  " + key + "  " + url + "\n", false},
		"key and value":       {key + " = " + url + "\n", true},
		"with the container":  {"tomcat " + key + " = " + url + "\n", true},
		"words in a line":     {"tomcat " + key + " " + url + "\n", true},
		"typed by hand":       {"  Container  Option  Value\n=========\nTomcat   BW.authservice.AUTHServiceUrl    " + url + "\n", true},
		"another of its name": {"tomcat " + key + "2 = " + url + "\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			l := bwcli.ParseListing(tt.text)
			value, found := o.find(&l)
			if found != tt.found || found && value != url {
				t.Errorf("got %q, %v", value, found)
			}
		})
	}
}

// authConsole is a bwcli with contexts of settings, of options and of applications.
type authConsole struct {
	inside   bool
	level    string
	settings map[string]map[string]string // by context
	options  []string                     // "container key value"
	app      string                       // state of the authentication service
	waits    bool                         // its contexts wait for a restart
}

func newAuthConsole() *authConsole {
	return &authConsole{app: "Installed", settings: map[string]map[string]string{
		authURLContext:   {"url": ""},
		utilityContext:   {"userTransactionLimit": "50", "transactionLimitPeriodSecs": "10"},
		xsiEventsContext: {callControlName: "com.broadsoft.xsi-events"},
		tokenContext:     {tokenHours: "720", tokenIssuer: "BroadWorks"},
	}}
}

func (d *authConsole) Open() string { return "bwadmin@xsp1$ " }

func (d *authConsole) Line(text string) (string, bool) {
	words := strings.Fields(text)
	out := "Invalid command\n"
	switch {
	case len(words) == 0:
		out = ""
	case !d.inside && text == "bwcli":
		d.inside, out = true, "BroadWorks Command Line Interface\n"
	case words[0] == "cd" && (words[1] != tokenContext || d.app == "Deployed" && !d.waits):
		d.level, out = words[1], ""
	case words[0] == "qa":
		d.level, out = "", ""
	default:
		out = d.do(words)
	}
	if !d.inside {
		return out + "bwadmin@xsp1$ ", false
	}
	return out + "XSP_CLI" + d.level + "> ", false
}

func (d *authConsole) do(words []string) string {
	set := d.settings[d.level]
	at := slices.IndexFunc(d.options, func(o string) bool { return strings.HasPrefix(o, strings.Join(words[1:min(3, len(words))], " ")+" ") })
	switch verb := words[0]; {
	case verb == "get" && set != nil:
		out := ""
		for k, v := range set {
			out += fmt.Sprintf("  %s = %s\n", k, v)
		}
		return out
	case verb == "set" && len(words) == 3:
		if _, known := set[words[1]]; known {
			set[words[1]] = words[2]
			return "*** Warning: BroadWorks needs to be restarted for the changes to take effect ***\n"
		}
	case verb == "get" && d.level == containerContext:
		return "  Container  Name  Value\n========================\n" + strings.ReplaceAll("  "+strings.Join(d.options, "\n  "), " ", "  ") + "\n"
	case verb == "add" && len(words) == 4 && at < 0:
		d.options = append(d.options, strings.Join(words[1:], " "))
		return "...Done\n"
	case verb == "delete" && len(words) == 3 && at >= 0:
		d.options = slices.Delete(d.options, at, at+1)
		return "...Done\n"
	case verb == "get" && d.level == managedContext:
		return "  Name  Version  Context Path  Status\n=====================================\n  AuthenticationService  23.0_1.1075  /authservice  " + d.app + "\n"
	case verb == "activate" && d.app == "Installed" && len(words) == 5:
		d.app = "Activated"
		return "...Done\n"
	case verb == "deploy" && d.app == "Activated" && len(words) == 3:
		d.app = "Deployed"
		return "...Done\n"
	case verb == "get" && d.level == httpContext:
		return "  Interface  Port  Name  Secure  Client Auth Req  Cluster Fqdn\n=====\n  192.0.2.7   444  xsp1   true    true   \n"
	}
	return "[Error] Invalid parameter\n"
}

// onAuth puts a console behind a case's connection.
func onAuth(c sdktest.Case, change func(*authConsole), judge func(*authConsole) any, want any) sdktest.Case {
	var consoles sync.Map // by connection; hosts are prepared while others run
	c.Prepare = func(conn *sdktest.Conn, _ vals) {
		d := newAuthConsole()
		if change != nil {
			change(d)
		}
		consoles.Store(conn, d)
		conn.Devices = map[string]func() sdktest.Device{"cli": func() sdktest.Device { return d }}
		conn.Commands = map[string]sdk.CommandResult{"bwshowver": {Stdout: []byte("Applications Info:\n- Xsi-Events version 24.0_1.944\n")}}
	}
	c.Verify = func(t testing.TB, conn *sdktest.Conn) {
		d, _ := consoles.Load(conn)
		if diff := cmp.Diff(want, judge(d.(*authConsole))); diff != "" {
			t.Error(diff)
		}
	}
	return c
}

func at(context string) func(*authConsole) any {
	return func(d *authConsole) any { return d.settings[context] }
}

func TestSettingsConform(t *testing.T) {
	url := map[string]string{"url": authURL}
	sdktest.Conform(t, AuthServiceURL{},
		onAuth(sdktest.Case{Name: "unset"}, nil, at(authURLContext), url),
		onAuth(sdktest.Case{Name: "set", Same: true}, func(d *authConsole) { d.settings[authURLContext] = map[string]string{"url": authURL} }, at(authURLContext), url))

	limits := vals{"settings": cty.MapVal(vals{"userTransactionLimit": cty.StringVal("100"), "transactionLimitPeriodSecs": cty.StringVal("10")})}
	after := map[string]string{"userTransactionLimit": "100", "transactionLimitPeriodSecs": "10"}
	sdktest.Conform(t, CommunicationUtility{},
		onAuth(sdktest.Case{Name: "one differs", Args: limits}, nil, at(utilityContext), after),
		onAuth(sdktest.Case{Name: "there", Args: limits, Same: true}, func(d *authConsole) { d.settings[utilityContext]["userTransactionLimit"] = "100" }, at(utilityContext), after))

	sdktest.Conform(t, XsiEvents{},
		onAuth(sdktest.Case{Name: "read", Same: true}, nil, at(xsiEventsContext), map[string]string{callControlName: "com.broadsoft.xsi-events"}),
		onAuth(sdktest.Case{Name: "kept", Args: vals{callControlArg: cty.StringVal("x")}}, nil, at(xsiEventsContext), map[string]string{callControlName: "x"}))
}

func TestContainerOptionConforms(t *testing.T) {
	options := func(d *authConsole) any { return d.options }
	have := func(d *authConsole) { d.options = []string{"tomcat k old"} }
	there := vals{"key": cty.StringVal("k"), "value": cty.StringVal("v")}
	gone := vals{"key": cty.StringVal("k"), "ensure": cty.StringVal("absent")}
	sdktest.Conform(t, ContainerOption{},
		onAuth(sdktest.Case{Name: "new", Args: there}, nil, options, []string{"tomcat k v"}),
		onAuth(sdktest.Case{Name: "another value", Args: there}, have, options, []string{"tomcat k v"}),
		onAuth(sdktest.Case{Name: "removed", Args: gone}, have, options, []string{}),
		onAuth(sdktest.Case{Name: "absent", Args: gone, Same: true}, nil, options, []string(nil)))
}

func TestAuthServiceConforms(t *testing.T) {
	app := func(d *authConsole) any { return d.app + " " + d.settings[tokenContext][tokenHours] }
	sdktest.Conform(t, AuthService{},
		onAuth(sdktest.Case{Name: "installed"}, nil, app, "Deployed 1440"),
		onAuth(sdktest.Case{Name: "activated"}, func(d *authConsole) { d.app = "Activated" }, app, "Deployed 1440"),
		onAuth(sdktest.Case{Name: "deployed", Same: true}, func(d *authConsole) {
			d.app, d.settings[tokenContext][tokenHours] = "Deployed", "1440"
		}, app, "Deployed 1440"))
}

// A server that shows the service only after a restart: the task succeeds, says so, and its next check owes the restart.
func TestAuthServiceWaitsForRestart(t *testing.T) {
	conn := sdktest.NewConn(t)
	d := newAuthConsole()
	d.waits = true
	conn.Devices = map[string]func() sdktest.Device{"cli": func() sdktest.Device { return d }}
	m := AuthService{}
	r := sdktest.Request(t, m.Describe(), conn, vals{"appear_within": cty.StringVal("20ms")}, nil)
	res := apply(t, m, r)
	if !res.Changed || !res.Outputs.Attr("restart_first").True() || len(res.Notes) == 0 {
		t.Errorf("apply: %+v", res)
	}
	if found := check(t, m, r); found.Verdict != sdk.NoChange || found.Pending == "" || !found.Outputs.Attr("restart_first").True() {
		t.Errorf("check before the restart: %+v", found)
	}
	d.waits = false
	if found := check(t, m, r); found.Verdict != sdk.Change || found.Pending != "" || found.Outputs.Attr("restart_first").True() {
		t.Errorf("check after the restart: %+v", found)
	}
}

func TestValidateAuth(t *testing.T) {
	verify := func(path, method, body string, status int64) vals {
		return vals{"verify": cty.ObjectVal(vals{"method": cty.StringVal(method), "path": cty.StringVal(path),
			"expect_status": cty.NumberIntVal(status), "expect_body": cty.StringVal(body)})}
	}
	for name, tt := range map[string]struct {
		got  []string
		want []string
	}{
		"token_hours":        {problems(t, AuthService{}, vals{"token_hours": cty.NumberIntVal(4321)}), []string{"!token_hours"}},
		"short tokens":       {problems(t, AuthService{}, vals{"token_hours": cty.NumberIntVal(720)}), []string{"?token_hours"}},
		"another path":       {problems(t, AuthService{}, vals{"context_path": cty.StringVal("/auth")}), []string{"?context_path"}},
		"no path":            {problems(t, AuthService{}, vals{"context_path": cty.StringVal("auth")}), []string{"!context_path"}},
		"version with ;":     {problems(t, AuthService{}, vals{"version": cty.StringVal("1;qa")}), []string{"!version"}},
		"unknown":            {problems(t, AuthService{}, vals{"token_hours": cty.UnknownVal(cty.Number)}), nil},
		"generation":         {problems(t, AuthServiceKeys{}, vals{"generation": cty.StringVal("a b")}), []string{"!generation"}},
		"half a pair":        {problems(t, AuthServiceKeys{}, vals{"client_cert": file("c", "")}), []string{"!client_cert"}},
		"verify":             {problems(t, AuthServiceKeys{}, verify("/x", "GET", ".", 200)), nil},
		"verify all wrong":   {problems(t, AuthServiceKeys{}, verify("x", "get", "(", 99)), []string{"!verify.path", "!verify.method", "!verify.expect_status", "!verify.expect_body"}},
		"no URL":             {problems(t, AuthServiceURL{}, vals{"url": cty.StringVal("127.0.0.1")}), []string{"!url"}},
		"no settings":        {problems(t, CommunicationUtility{}, vals{"settings": cty.MapValEmpty(cty.String)}), []string{"!settings"}},
		"a setting's name":   {problems(t, CommunicationUtility{}, vals{"settings": cty.MapVal(vals{"a b": cty.StringVal("1")})}), []string{`!settings["a b"]`}},
		"no value":           {problems(t, ContainerOption{}, vals{"key": cty.StringVal("k")}), []string{"!value"}},
		"value of an absent": {problems(t, ContainerOption{}, vals{"key": cty.StringVal("k"), "value": cty.StringVal("v"), "ensure": cty.StringVal("absent")}), []string{"!value"}},
	} {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
