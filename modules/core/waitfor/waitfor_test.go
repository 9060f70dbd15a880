package waitfor_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/modules/core/waitfor"
	"github.com/muster-run/muster/plugins/sdk"
	"github.com/muster-run/muster/plugins/sdk/sdktest"
)

func TestMain(m *testing.M) { sdktest.Main(m, waitfor.Module{}) }

type values = map[string]cty.Value

func TestConforms(t *testing.T) {
	sdktest.Conform(t, waitfor.Module{},
		sdktest.Case{
			Name:    "file",
			Args:    values{"file": cty.StringVal("/tmp/ready")},
			Prepare: func(c *sdktest.Conn, _ values) { c.WriteFile("/tmp/ready", "") },
		},
		sdktest.Case{
			Name: "text",
			Args: values{"file": cty.StringVal("~/log"), "text": cty.StringVal("Server startup")},
			Prepare: func(c *sdktest.Conn, _ values) {
				c.Commands = map[string]sdk.CommandResult{"grep -F -q -e Server startup ./log": {}}
			},
		},
		sdktest.Case{
			Name: "port",
			Args: values{"port": cty.NumberIntVal(8012), "from": cty.StringVal("host"), "address": cty.StringVal("127.0.0.2")},
			Prepare: func(c *sdktest.Conn, _ values) {
				c.OnDial = func(_ context.Context, to sdk.Dial) (net.Conn, error) {
					if to != (sdk.Dial{Address: "127.0.0.2", Port: 8012, From: sdk.FromHost}) {
						return nil, fmt.Errorf("dialled %+v", to)
					}
					a, b := net.Pipe()
					_ = b.Close()
					return a, nil
				}
			},
		},
	)
}

// check runs one Check in a bubble, where time passes as soon as all wait.
func check(t *testing.T, limit time.Duration, args values, prepare func(c *sdktest.Conn)) (took time.Duration, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		conn := sdktest.NewConn(t)
		prepare(conn)
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		begun := time.Now()
		_, err = waitfor.Module{}.Check(ctx, sdktest.Request(t, waitfor.Module{}.Describe(), conn, args, nil))
		took = time.Since(begun)
	})
	return took, err
}

func TestWaits(t *testing.T) {
	port := values{"port": cty.NumberIntVal(80)}
	took, err := check(t, 5*time.Minute, port, func(c *sdktest.Conn) {
		open := time.Now().Add(time.Minute)
		c.OnDial = func(context.Context, sdk.Dial) (net.Conn, error) {
			if time.Now().Before(open) {
				return nil, errors.New("connect: connection refused")
			}
			a, _ := net.Pipe()
			return a, nil
		}
	})
	if err != nil || took < time.Minute || took > time.Minute+3*time.Second {
		t.Errorf("%v after %s", err, took)
	}
	took, err = check(t, 5*time.Minute, values{"file": cty.StringVal("/tmp/ready")}, func(c *sdktest.Conn) {
		time.AfterFunc(10*time.Second, func() { c.WriteFile("/tmp/ready", "x") })
	})
	if err != nil || took < 10*time.Second || took > 13*time.Second {
		t.Errorf("file: %v after %s", err, took)
	}
}

func TestFailures(t *testing.T) {
	refuse := func(err error) func(*sdktest.Conn) {
		return func(c *sdktest.Conn) {
			c.OnDial = func(context.Context, sdk.Dial) (net.Conn, error) { return nil, err }
		}
	}
	grep := func(status int, stderr string) func(*sdktest.Conn) {
		return func(c *sdktest.Conn) {
			c.Commands = map[string]sdk.CommandResult{"grep -F -q -e up /tmp/log": {Status: status, Stderr: []byte(stderr)}}
		}
	}
	port, text := values{"port": cty.NumberIntVal(80)}, values{"file": cty.StringVal("/tmp/log"), "text": cty.StringVal("up")}
	const limit = time.Minute
	for _, tt := range []struct {
		name    string
		args    values
		prepare func(*sdktest.Conn)
		class   sdk.Class
		says    string
		atOnce  bool
	}{
		{"closed port", port, refuse(errors.New("connection refused")), sdk.Timeout, "connection refused", false},
		{"silent port", port, func(c *sdktest.Conn) {
			c.OnDial = func(ctx context.Context, _ sdk.Dial) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() }
		}, sdk.Timeout, "no answer within 5s", false},
		{"foreign address", values{"port": cty.NumberIntVal(80), "address": cty.StringVal("127.0.0.9")},
			refuse(errors.New("127.0.0.9 is not an address that xsp1 declares")), sdk.Failed, "only reach addresses of the host", true},
		{"host lost", port, refuse(sdk.ErrUnreachable), sdk.Unreachable, "", true},
		{"no file", values{"file": cty.StringVal("/tmp/none")}, func(*sdktest.Conn) {}, sdk.Timeout, "it is not there", false},
		{"no text", text, grep(1, ""), sdk.Timeout, "no line of it holds the text", false},
		{"no file for text", text, grep(2, "grep: /tmp/log: No such file or directory\n"), sdk.Timeout, "No such file", false},
		{"grep fails silently", text, grep(2, ""), sdk.Timeout, "status 2", false},
		{"no grep", text, grep(127, "bash: grep: command not found"), sdk.Failed, "cannot tell", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			took, err := check(t, limit, tt.args, tt.prepare)
			f := (*sdk.Failure)(nil)
			if !errors.As(err, &f) || f.Class != tt.class || !strings.Contains(f.Error(), tt.says) {
				t.Errorf("got %+v", err)
			}
			if want := map[bool]time.Duration{true: 0, false: limit}[tt.atOnce]; took != want {
				t.Errorf("after %s, want %s", took, want)
			}
		})
	}
}

func TestValidate(t *testing.T) {
	str := cty.StringVal
	for name, tt := range map[string]struct {
		args values
		want string
	}{
		"nothing":       {values{}, ": nothing to wait for"},
		"both":          {values{"port": cty.NumberIntVal(1), "file": str("/a")}, "file: port and file stand in one task"},
		"text alone":    {values{"port": cty.NumberIntVal(1), "text": str("a")}, "text: text needs file"},
		"address alone": {values{"file": str("/a"), "address": str("127.0.0.1")}, "address: address needs port"},
		"port 0":        {values{"port": cty.NumberIntVal(0)}, "port: port is no TCP port"},
		"port 1.5":      {values{"port": cty.NumberFloatVal(1.5)}, "port: port is no TCP port"},
		"relative":      {values{"file": str("a")}, `file: "a" is no path on a host`},
		"line break":    {values{"file": str("/a"), "text": str("a\nb")}, "text: text is not part of a line"},
		"good":          {values{"file": str("~/a"), "text": str("b")}, ""},
	} {
		req := sdktest.Request(t, waitfor.Module{}.Describe(), nil, tt.args, nil)
		var got []string
		for _, p := range (waitfor.Module{}).Validate(t.Context(), req) {
			got = append(got, p.Arg+": "+p.Summary)
		}
		if s := strings.Join(got, "\n"); s != tt.want {
			t.Errorf("%s: %q, want %q", name, s, tt.want)
		}
	}
}
