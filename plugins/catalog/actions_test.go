package catalog_test

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/muster-run/muster/plugins/sdk"
)

// actions are what the probe can be asked to do, in the plugin's process.
var actions = map[string]func(ctx context.Context, req *sdk.Request, text string, key *sdk.Handle) (string, error){
	"echo": func(_ context.Context, req *sdk.Request, text string, _ *sdk.Handle) (string, error) {
		req.Report.Log("logged " + text)
		req.Report.Progress("on " + req.Host.Name)
		return text + " at " + req.Data.Attr("site").AsString(), nil
	},
	"run": func(ctx context.Context, req *sdk.Request, text string, _ *sdk.Handle) (string, error) {
		r, err := req.Conn.Run(ctx, sdk.Command{Argv: strings.Fields(text), Effect: sdk.Read, Stdin: []byte("in")})
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("%d %s %s", r.Status, r.Stdout, r.Stderr), nil
	},
	"shell": func(ctx context.Context, req *sdk.Request, text string, _ *sdk.Handle) (string, error) {
		sh, err := req.Conn.Shell(ctx, "cli")
		if err != nil {
			return "", err
		}
		defer sh.Close()
		n, _ := sh.Memory().Value.(int)
		sh.Memory().Value = n + 1
		if err := sh.SendLine(ctx, sdk.Line{Text: text, Effect: sdk.Once}); err != nil {
			return "", err
		}
		var got strings.Builder
		for !strings.HasSuffix(got.String(), "> ") {
			b, err := sh.Receive(ctx)
			if err == io.EOF {
				break
			}
			if err != nil {
				return "", err
			}
			got.Write(b)
		}
		return fmt.Sprintf("generation %d, visit %d: %s", sh.Generation(), n+1, got.String()), nil
	},
	"put": func(ctx context.Context, req *sdk.Request, text string, _ *sdk.Handle) (string, error) {
		big := strings.Repeat(text, 1<<20/len(text)*5) // more than one message
		return "", req.Conn.Put(ctx, sdk.Put{Path: "/tmp/x", Mode: 0o640, Content: []byte(big), MakeDirs: true})
	},
}
