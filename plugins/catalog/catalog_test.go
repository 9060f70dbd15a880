package catalog_test

import (
	"context"
	"testing"

	"github.com/muster-run/muster/plugins/catalog"
	"github.com/muster-run/muster/plugins/sdk"
)

func TestCallsCrossToASubprocess(t *testing.T) {
	c := open(t, catalog.Options{Bundled: []catalog.Bundled{self("good")}})
	m := module(t, c, "probe")
	conn := &fakeConn{run: func(_ context.Context, cmd sdk.Command) (*sdk.CommandResult, error) {
		return &sdk.CommandResult{Status: 3, Stdout: []byte(cmd.Argv[0]), Stderr: cmd.Stdin}, nil
	}}
	for _, tt := range []struct{ do, text, want string }{
		{"echo", "hello", "hello at east"},
		{"run", "uptime now", "3 uptime in"},
		{"shell", "show", "generation 1, visit 1: show\r\n> "},
		{"shell", "show", "generation 1, visit 2: show\r\n> "},
		{"put", "0123456789", ""},
	} {
		req := request(conn, tt.do, tt.text)
		r, err := m.Apply(t.Context(), req)
		if err != nil {
			t.Fatalf("%s: %v", tt.do, err)
		}
		if got := r.Outputs.Attr("said").AsString(); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.do, got, tt.want)
		}
	}
	if conn.put.Path != "/tmp/x" || conn.put.Mode != 0o640 || !conn.put.MakeDirs || len(conn.put.Content) < 5<<20-100 {
		t.Errorf("put %s %v %v, %d bytes", conn.put.Path, conn.put.Mode, conn.put.MakeDirs, len(conn.put.Content))
	}
}
