// Package waitfor is the module wait_for: it waits until a port of the host accepts connections, a file is there, or a
// file holds a text.
//
// Its one noun is the goal, which is asked for again and again, at growing intervals, until it is reached or the task's
// time is over. It changes nothing, and says nothing about what a port speaks: for TLS there is tls_probe.
package waitfor

import (
	"context"
	"fmt"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/plugins/sdk"
)

// Module is the module wait_for.
type Module struct{}

const doc = `Asks for exactly one of

- ` + "`port`" + `: a TCP connection is accepted; it is closed at once, nothing is sent;
- ` + "`file`" + `: a file or directory of that name is there;
- ` + "`file` and `text`" + `: a line of the file holds the text, literally (` + "`grep -F`" + ` on the host, so a log may be of any size).

It asks at once and then at growing intervals, at most two seconds. The deadline is the task's own:
` + "`run { timeout = \"5m\" }`" + `, 10 minutes when left out. In a health block one question lasts 30 seconds at most and
` + "`within`" + ` is the deadline.

` + "`from`" + ` says where the connection starts: from the control machine, as a client would, or from the host itself, which reaches
a port that only listens on the loopback address or that a firewall hides.

No answer is never a pass. What cannot come true by waiting, such as an address that the inventory does not give this host,
fails at once. A plan asks too, and waits as long: where an earlier task has to open the port, a health block of the
handler or rollout is the better place, since a plan does not ask those.`

// Describe says what the module takes and is.
func (Module) Describe() sdk.Description {
	return sdk.Description{
		Name:    "wait_for",
		Summary: "Waits until a port of the host answers, a file is there, or a file holds a text.",
		Doc:     doc,
		Example: `task "wait_for" "tomcat" {
  file = "/var/broadworks/logs/tomcat/catalina.out"
  text = "Server startup in"
  run {
    timeout = "5m"
  }
}`,
		Kind: sdk.Probe,
		Args: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: "port", Type: cty.Number, Doc: "TCP port that must accept a connection."},
			{Name: "address", Type: cty.String, Doc: "One of the host's addresses, for port; default the host's address."},
			{Name: "from", Type: cty.String, OneOf: []string{string(sdk.FromControl), string(sdk.FromHost)}, Default: cty.StringVal(string(sdk.FromControl)),
				Doc: "Where the connection to port starts."},
			{Name: "file", Type: cty.String, Doc: "Path that must be there; begins with / or ~/."},
			{Name: "text", Type: cty.String, Doc: "Text that a line of file must hold."},
		}},
		HostData: []sdk.Attribute{
			{Name: "cti_address", Type: cty.String, Doc: "An address of the host that `address` may name."},
			{Name: "http_address", Type: cty.String, Doc: "Another one."},
		},
	}
}

// goal are the arguments.
type goal struct {
	Port    *int    `cty:"port"`
	Address *string `cty:"address"`
	From    string  `cty:"from"`
	File    *string `cty:"file"`
	Text    *string `cty:"text"`
}

func (g *goal) String() string {
	switch {
	case g.Port != nil:
		return fmt.Sprintf("port %d accepts a connection", *g.Port)
	case g.Text != nil:
		return fmt.Sprintf("%s holds %q", *g.File, *g.Text)
	default:
		return *g.File + " is there"
	}
}

// Validate judges which arguments stand together, and each for itself.
func (Module) Validate(_ context.Context, req *sdk.Request) (out []sdk.Problem) {
	given := req.Args.Known
	absent := func(arg string) bool { v := req.Args.Attr(arg); return v.IsKnown() && v.IsNull() }
	switch {
	case given("port") && given("file"):
		out = append(out, sdk.Problem{Arg: "file", Summary: "port and file stand in one task", Advice: "Wait for one, and in a second task for the other."})
	case absent("port") && absent("file"):
		out = append(out, sdk.Problem{Summary: "nothing to wait for", Advice: "Give port, or file, or file and text."})
	}
	if given("text") && absent("file") {
		out = append(out, sdk.Problem{Arg: "text", Summary: "text needs file", Advice: "Say which file holds it."})
	}
	if given("address") && absent("port") {
		out = append(out, sdk.Problem{Arg: "address", Summary: "address needs port"})
	}
	return append(out, judgeEach(req)...)
}

func judgeEach(req *sdk.Request) (out []sdk.Problem) {
	if req.Args.Known("port") {
		if p, _ := req.Args.Attr("port").AsBigFloat().Float64(); p < 1 || p > 65535 || p != float64(int(p)) {
			out = append(out, sdk.Problem{Arg: "port", Summary: "port is no TCP port", Detail: "a port is a whole number from 1 to 65535"})
		}
	}
	if req.Args.Known("file") {
		if f := req.Args.Attr("file").AsString(); !strings.HasPrefix(f, "/") && !strings.HasPrefix(f, "~/") || strings.ContainsAny(f, "\x00\r\n") {
			out = append(out, sdk.Problem{Arg: "file", Summary: fmt.Sprintf("%q is no path on a host", f), Advice: "Begin it with / or ~/, without line breaks."})
		}
	}
	if req.Args.Known("text") {
		if s := req.Args.Attr("text").AsString(); s == "" || strings.ContainsAny(s, "\x00\r\n") {
			out = append(out, sdk.Problem{Arg: "text", Summary: "text is not part of a line", Detail: "it is empty, or holds a line break or NUL"})
		}
	}
	return out
}
