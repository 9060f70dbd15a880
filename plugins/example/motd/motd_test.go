package motd_test

import (
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/plugins/example/motd"
	"github.com/muster-run/muster/plugins/sdk"
	"github.com/muster-run/muster/plugins/sdk/sdktest"
)

// TestMain lets the test binary be the plugin that Conform starts.
func TestMain(m *testing.M) { sdktest.Main(m, &motd.Module{}) }

func TestConforms(t *testing.T) {
	text := map[string]cty.Value{"text": cty.StringVal("Welcome.")}
	holds := func(t testing.TB, c *sdktest.Conn) {
		if got, _ := c.File("/etc/motd"); got != "Welcome.\n" {
			t.Errorf("the file holds %q", got)
		}
	}
	sdktest.Conform(t, &motd.Module{},
		sdktest.Case{Name: "no file", Args: text, Verify: holds},
		sdktest.Case{
			Name: "other text", Args: text, Verify: holds,
			Prepare: func(c *sdktest.Conn, _ map[string]cty.Value) { c.WriteFile("/etc/motd", "Go away.\n") },
		},
		sdktest.Case{
			Name: "same text", Args: text, Verify: holds, Same: true,
			Prepare: func(c *sdktest.Conn, _ map[string]cty.Value) { c.WriteFile("/etc/motd", "Welcome.\n") },
		},
	)
}

func TestValidate(t *testing.T) {
	for name, tt := range map[string]struct {
		path cty.Value
		want int
	}{
		"absolute":      {cty.StringVal("/etc/issue"), 0},
		"relative":      {cty.StringVal("etc/issue"), 1},
		"with dots":     {cty.StringVal("/etc/../issue"), 1},
		"not known yet": {cty.UnknownVal(cty.String), 0},
	} {
		t.Run(name, func(t *testing.T) {
			m := &motd.Module{}
			req := sdktest.Request(t, m.Describe(), nil, map[string]cty.Value{"text": cty.StringVal("x"), "path": tt.path}, nil)
			if got := m.Validate(t.Context(), req); len(got) != tt.want {
				t.Errorf("got %v, want %d problems", got, tt.want)
			}
		})
	}
}

func TestSomebodyElseWritesTheFile(t *testing.T) {
	m := &motd.Module{}
	conn := sdktest.NewConn(t)
	conn.Fault = func(op sdktest.Op) error {
		if op.Kind == "get" && len(conn.Effects()) > 0 {
			conn.WriteFile("/etc/motd", "mine\n")
		}
		return nil
	}
	_, err := m.Apply(t.Context(), sdktest.Request(t, m.Describe(), conn, map[string]cty.Value{"text": cty.StringVal("x")}, nil))
	if f, ok := err.(*sdk.Failure); !ok || f.Class != sdk.Failed {
		t.Errorf("got %v, want a failure", err)
	}
}
