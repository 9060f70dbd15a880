package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/plugins/sdk"
)

// benchContext is where the benchmark reads; its listing has some twenty lines.
const benchContext = "/System/SSLCommonSettings/JSSE/Ciphers"

// lines is a module that types one command many times, over everything that lies between a module and its host.
type lines struct{}

type linesArgs struct {
	Times int    `cty:"times"`
	Took  string `cty:"took"`
}

func (lines) Describe() sdk.Description {
	return sdk.Description{
		Name: "lines", Summary: "Reads a context of bwcli many times.", Kind: sdk.Action,
		Args: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: "times", Type: cty.Number, Required: true, Doc: "How often."},
			{Name: "took", Type: cty.String, Required: true, Doc: "File of this machine that receives the seconds."},
		}},
	}
}

func (lines) Check(_ context.Context, _ *sdk.Request) (*sdk.CheckResult, error) {
	return &sdk.CheckResult{Verdict: sdk.Change}, nil
}

func (lines) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	var args linesArgs
	if err := req.Args.Decode(&args); err != nil {
		return nil, err
	}
	cli, err := bwcli.Open(ctx, req.Conn, bwcli.Options{Log: req.Report.Log})
	if err != nil {
		return nil, err
	}
	defer cli.Close()
	if _, err := cli.Get(ctx, benchContext); err != nil { // goes there
		return nil, err
	}
	begin := time.Now()
	for range args.Times {
		if _, err := cli.Get(ctx, benchContext); err != nil {
			return nil, err
		}
	}
	took := fmt.Sprint(time.Since(begin).Seconds())
	return &sdk.ApplyResult{Changed: true}, os.WriteFile(args.Took, []byte(took), 0o600)
}
