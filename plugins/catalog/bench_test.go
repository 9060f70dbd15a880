package catalog_test

import (
	"context"
	"testing"

	"github.com/muster-run/muster/plugins/catalog"
	"github.com/muster-run/muster/plugins/sdk"
)

// BenchmarkCall is one Apply of a module in a plugin process, with no host, with one Run through the broker, and with one
// line in a kept shell; and the same Run without a process, which is what the wire costs.
func BenchmarkCall(b *testing.B) {
	c, err := catalog.New(catalog.Options{Bundled: []catalog.Bundled{self("good")}})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	across := module(b, c, "probe")
	for _, bb := range []struct {
		name string
		m    sdk.Module
		do   string
	}{
		{"process/echo", across, "echo"}, {"process/run", across, "run"}, {"process/shell", across, "shell"},
		{"direct/run", &probe{}, "run"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			conn := &fakeConn{run: func(context.Context, sdk.Command) (*sdk.CommandResult, error) { return &sdk.CommandResult{}, nil }}
			req := request(conn, bb.do, "x")
			req.Report = quiet{}
			for b.Loop() {
				if _, err := bb.m.Apply(b.Context(), req); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

type quiet struct{}

func (quiet) Log(string)      {}
func (quiet) Progress(string) {}
