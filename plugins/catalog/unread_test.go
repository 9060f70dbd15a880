package catalog_test

import (
	"context"
	"testing"

	"github.com/muster-run/muster/plugins/sdk"
)

func init() { actions["unread"] = unread }

// unread types a line and gives the shell back without waiting for the answer.
func unread(ctx context.Context, req *sdk.Request, text string, _ *sdk.Handle) (string, error) {
	sh, err := req.Conn.Shell(ctx, "cli")
	if err != nil {
		return "", err
	}
	defer sh.Close()
	return "left", sh.SendLine(ctx, sdk.Line{Text: text, Effect: sdk.Once})
}

// The answer that nobody read must not be taken for the answer to the next module's line.
func TestShellGivenBackUnread(t *testing.T) {
	c, _ := single(t, "good")
	m := module(t, c, "probe")
	conn := accepting()
	for _, step := range []struct{ do, want string }{
		{"shell", "generation 1, visit 1: show\r\n> "},
		{"unread", "left"},
		{"shell", "generation 2, visit 1: show\r\n> "},
	} {
		r, err := m.Apply(t.Context(), request(conn, step.do, "show"))
		if err != nil {
			t.Fatalf("%s: %v", step.do, err)
		}
		if got := r.Outputs.Attr("said").AsString(); got != step.want {
			t.Errorf("%s: got %q, want %q", step.do, got, step.want)
		}
	}
}
