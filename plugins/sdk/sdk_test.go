package sdk_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/plugins/sdk"
)

func TestVerify(t *testing.T) {
	attrs := func(names ...string) sdk.Schema {
		var s sdk.Schema
		for _, n := range names {
			s.Attributes = append(s.Attributes, sdk.Attribute{Name: n, Type: cty.String})
		}
		return s
	}
	for name, tt := range map[string]struct {
		d    sdk.Description
		want string // empty: accepted
	}{
		"whole":             {sdk.Description{Name: "a_1", Kind: sdk.State, Args: attrs("x", "y"), Outputs: attrs("when")}, ""},
		"path as a name":    {sdk.Description{Name: "../a", Kind: sdk.State}, "want lower-case"},
		"no kind":           {sdk.Description{Name: "a"}, "kind"},
		"a probing state":   {sdk.Description{Name: "a", Kind: sdk.State, Probes: true}, "only an action probes"},
		"a probing action":  {sdk.Description{Name: "a", Kind: sdk.Action, Probes: true}, ""},
		"argument twice":    {sdk.Description{Name: "a", Kind: sdk.Probe, Args: attrs("x", "x")}, "named twice"},
		"reserved argument": {sdk.Description{Name: "a", Kind: sdk.Probe, Args: attrs("for_each")}, "reserved"},
		"reserved in a block": {sdk.Description{Name: "a", Kind: sdk.Probe, Args: sdk.Schema{
			Blocks: []sdk.Block{{Name: "b", Schema: attrs("when")}}}}, ""},
		"misnamed in a block": {sdk.Description{Name: "a", Kind: sdk.Probe, Args: sdk.Schema{
			Blocks: []sdk.Block{{Name: "b", Schema: attrs("B")}}}}, `"B"`},
		"no type": {sdk.Description{Name: "a", Kind: sdk.Probe, Args: sdk.Schema{
			Attributes: []sdk.Attribute{{Name: "x"}}}}, "no type"},
	} {
		t.Run(name, func(t *testing.T) {
			err := tt.d.Verify()
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestDecode(t *testing.T) {
	s := sdk.Schema{
		Attributes: []sdk.Attribute{
			{Name: "text", Type: cty.String}, {Name: "n", Type: cty.Number}, {Name: "file", Type: cty.String, Source: sdk.FromFile},
			{Name: "key", Type: cty.String, Source: sdk.FromSecretFile},
		},
		Blocks: []sdk.Block{{Name: "one", Schema: sdk.Schema{Attributes: []sdk.Attribute{{Name: "x", Type: cty.Bool}}}},
			{Name: "many", Repeat: true, Schema: sdk.Schema{Attributes: []sdk.Attribute{{Name: "x", Type: cty.Bool}}}}},
	}
	type block struct {
		X *bool `cty:"x"`
	}
	type args struct {
		Text string      `cty:"text"`
		N    *int        `cty:"n"`
		File *sdk.File   `cty:"file"`
		Key  *sdk.Handle `cty:"key"`
		One  *block      `cty:"one"`
		Many []block     `cty:"many"`
	}
	x := cty.ObjectVal(map[string]cty.Value{"x": cty.True})
	v := cty.ObjectVal(map[string]cty.Value{
		"text": cty.StringVal("t"), "n": cty.NullVal(cty.Number),
		"file": cty.ObjectVal(map[string]cty.Value{"path": cty.StringVal("p"), "text": cty.StringVal("t")}),
		"key":  cty.NullVal(sdk.HandleType), "one": cty.NullVal(s.Blocks[0].Schema.Type()), "many": cty.ListVal([]cty.Value{x, x}),
	})
	if errs := v.Type().TestConformance(s.Type()); len(errs) > 0 {
		t.Fatalf("the value is not of the schema's type: %v", errs)
	}
	var got args
	if err := (sdk.Object{Value: v}).Decode(&got); err != nil {
		t.Fatal(err)
	}
	if got.Text != "t" || got.N != nil || got.File.Path != "p" || got.Key != nil || got.One != nil || len(got.Many) != 2 || !*got.Many[1].X {
		t.Errorf("got %+v", got)
	}
	if err := (sdk.Object{}).Decode(&got); err != nil {
		t.Errorf("an empty object: %v", err)
	}
	unknown := sdk.Object{Value: cty.ObjectVal(map[string]cty.Value{"text": cty.UnknownVal(cty.String)})}
	if err := unknown.Decode(&struct {
		Text string `cty:"text"`
	}{}); err == nil {
		t.Error("an unknown value was decoded")
	}
	if unknown.Known("text") || unknown.Known("other") || !(sdk.Object{Value: v}).Known("text") {
		t.Error("Known is wrong")
	}
}

func TestFailureSaysSummaryAndCause(t *testing.T) {
	f := &sdk.Failure{Summary: "could not add", What: "add x\nError: no", Why: "it is there", State: "unchanged", Err: io.EOF}
	if got := f.Error(); got != "could not add: add x Error: no: it is there" {
		t.Errorf("got %q", got)
	}
	if !errors.Is(f, io.EOF) {
		t.Error("the cause is lost")
	}
}

func TestReasonDoesNotSayTwiceThatAHostIsUnreachable(t *testing.T) {
	gone := fmt.Errorf("%w: unreachable: connection refused", sdk.ErrUnreachable)
	for _, tt := range []struct {
		err  error
		want string
	}{
		{gone, "connection refused"}, {sdk.ErrUnreachable, "host unreachable"}, {io.EOF, "EOF"},
		{fmt.Errorf("put x: %w", gone), "put x: host unreachable: unreachable: connection refused"},
	} {
		if got := sdk.Reason(tt.err); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
