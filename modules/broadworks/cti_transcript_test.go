package broadworks

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/modules/tlsinfo"
	"github.com/muster-run/muster/plugins/sdk"
	"github.com/muster-run/muster/plugins/sdk/sdktest"
)

// oneTable is a bwcli of one table.
func oneTable(kind, context string, table webTable) *webConsole {
	return &webConsole{kind: kind, tables: map[string]*webTable{context: &table}}
}

func TestClientIdentityConforms(t *testing.T) {
	open := func(names ...string) func() *webConsole {
		return func() *webConsole {
			w := webTable{titles: []string{"Client Identity"}, keys: 1}
			for _, n := range names {
				w.rows = append(w.rows, []string{n})
			}
			return oneTable("AS", identityContext, w)
		}
	}
	name := vals{"name": cty.StringVal("bwcticlient.webex.com")}
	sdktest.Conform(t, ClientIdentity{},
		onWeb(sdktest.Case{Name: "new", Args: name}, open("other"), ends(identityContext, "other", "bwcticlient.webex.com")),
		onWeb(sdktest.Case{Name: "there", Args: name, Same: true}, open("bwcticlient.webex.com"), ends(identityContext, "bwcticlient.webex.com")),
	)
}

func TestCertificateAuthenticationConforms(t *testing.T) {
	open := func(now string) func() *webConsole {
		return func() *webConsole {
			w := webTable{rows: [][]string{{now}}}
			c := oneTable("", certAuthContext, w)
			table := c.tables[certAuthContext]
			table.own = func(verb string, args []string) string {
				switch {
				case verb == "get":
					return "  " + allowClientApp + " = " + table.rows[0][0] + "\n"
				case verb == "set" && len(args) == 2 && args[0] == allowClientApp:
					table.rows[0][0] = args[1]
					return "...Done\n"
				}
				return ""
			}
			return c
		}
	}
	allow := vals{"allow_client_app": cty.True}
	sdktest.Conform(t, CertificateAuthentication{},
		onWeb(sdktest.Case{Name: "allowed", Args: allow}, open("false"), ends(certAuthContext, "true")),
		onWeb(sdktest.Case{Name: "is allowed", Args: allow, Same: true}, open("true"), ends(certAuthContext, "true")),
	)
}

func TestTrustAnchorConforms(t *testing.T) {
	root := issue(t, "New Root", true, nil, year)
	context := trustContexts["cti"]
	open := func(rows ...[]string) func(*sdktest.Conn) *webConsole {
		return func(conn *sdktest.Conn) *webConsole {
			c := oneTable("", context, webTable{titles: []string{"Alias", "Owner", "Issuer"}, keys: 1, rows: slices.Clone(rows)})
			conn.WriteFile(uploadDir+"another", "") // the directory is there
			table := c.tables[context]
			table.own = func(verb string, args []string) string {
				if verb != "updateTrust" || len(args) != 2 {
					return ""
				}
				text, _ := conn.File(args[1])
				certs, _, err := tlsinfo.Certificates(text)
				if err != nil {
					return "[Error] " + err.Error() + "\n"
				}
				row := []string{args[0], certs[0].Subject.CommonName, certs[0].Issuer.CommonName}
				table.rows = [][]string{row}
				return "...Done\n"
			}
			return c
		}
	}
	args := vals{"interface": cty.StringVal("cti"), "alias": cty.StringVal("webex"), "pem": cty.StringVal(root.text())}
	gone := vals{"interface": cty.StringVal("cti"), "alias": cty.StringVal("webex"), "ensure": cty.StringVal("absent")}
	marked := func(c *sdktest.Conn, _ vals) {
		a := anchorArgs{Interface: "cti", Alias: "webex"}
		c.WriteFile(a.marker(), tlsinfo.Digest(root.cert)+"\n")
	}
	row, old := []string{"webex", "New Root", "New Root"}, []string{"webex", "Old Root", "Old Root"}
	const want = "webex New Root New Root"
	sdktest.Conform(t, TrustAnchor{},
		onHost(sdktest.Case{Name: "new", Args: args}, open(), ends(context, want)),
		onHost(sdktest.Case{Name: "another", Args: args}, open(old), ends(context, want)),
		onHost(sdktest.Case{Name: "there", Args: args, Same: true, Prepare: marked}, open(row), ends(context, want)),
		onHost(sdktest.Case{Name: "to go", Args: gone}, open(old), ends(context)),
		onHost(sdktest.Case{Name: "gone", Args: gone, Same: true}, open(), ends(context)),
	)
}

func TestCTIInterfaceConforms(t *testing.T) {
	plain := vals{"secure": cty.False, "port": cty.NumberIntVal(8011)}
	open := func(rows ...[]string) func() *webConsole {
		return func() *webConsole {
			return oneTable("", ctiContext, webTable{titles: []string{"Interface IP", "Port", "Secure", "Server Certificate", "Client Auth Req"}, keys: 2, rows: slices.Clone(rows)})
		}
	}
	other := []string{"127.0.0.9", "8011", "false", "false", "false"}
	const want = "127.0.0.1 8011 false"
	judge := func(rows int) func(*webConsole) string {
		return func(d *webConsole) string {
			got := d.tables[ctiContext].rows
			if len(got) != rows || !strings.HasPrefix(strings.Join(got[rows-1], " "), want) {
				return fmt.Sprintf("rows %q", got)
			}
			return ""
		}
	}
	sdktest.Conform(t, CTIInterface{},
		onWeb(sdktest.Case{Name: "new", Args: plain}, open(other), judge(2)),
		onWeb(sdktest.Case{Name: "there", Args: plain, Same: true}, open(other, []string{"127.0.0.1", "8011", "false", "false", "false"}), judge(2)),
	)
}

// software is what the shells of one host share.
type software struct {
	mu     sync.Mutex
	starts int
}

// shellOf is a login shell of that host, in which bwcli is not needed.
type shellOf struct {
	s   *software
	cli bool
}

func (d *shellOf) Open() string { return "bwadmin@as1$ " }

func (d *shellOf) Line(text string) (string, bool) {
	d.s.mu.Lock()
	defer d.s.mu.Unlock()
	out := ""
	switch {
	case text == "bwcli":
		d.cli = true
	case text == "healthmon -l":
		out = "  Report severity       : NOTIFICATION\n"
	case text == "restartbw":
		d.s.starts++
		out = "Stopping...\nStarting...\n"
	case strings.HasPrefix(text, "ps "):
		at := time.Date(2026, 11, 21, 12, d.s.starts, 0, 0, time.UTC).Format("Mon Jan _2 15:04:05 2006")
		out = "  PID                  STARTED COMMAND\n 1" + strconv.Itoa(d.s.starts) + " " + at + " java com.broadsoft.execution\n"
	}
	if d.cli {
		return out + "AS_CLI> ", false
	}
	return out + "bwadmin@as1$ ", false
}

func TestRestartConforms(t *testing.T) {
	on := func(name string, noted int, want sdk.Verdict) sdktest.Case {
		var all sync.Map
		return sdktest.Case{Name: name, Unfinished: want,
			Prepare: func(c *sdktest.Conn, _ vals) {
				s := &software{starts: 1}
				all.Store(c, s)
				open := func() sdktest.Device { return &shellOf{s: s} }
				c.Devices = map[string]func() sdktest.Device{"cli": open, typeShell: open, watchShell: open}
				if noted >= 0 {
					j := &restartJob{before: snapshot{well: true, processes: processes{"java com.broadsoft.execution": {
						"1" + strconv.Itoa(noted): time.Date(2026, 11, 21, 12, noted, 0, 0, time.UTC)}}}}
					c.WriteFile(restartNote, j.note())
				}
			},
			Verify: func(t testing.TB, c *sdktest.Conn) {
				s, _ := all.Load(c)
				if n := s.(*software).starts; n != 2 {
					t.Errorf("started %d times, want 2", n)
				}
				if text, _ := c.File(restartNote); !strings.Contains(text, "process 11 ") {
					t.Errorf("the note on the host is %q", text)
				}
			}}
	}
	sdktest.Conform(t, Restart{}, on("no note", -1, sdk.Unknown), on("done", 0, sdk.NoChange), on("not done", 1, sdk.Change))
}
