package wire

import (
	"crypto"
	"crypto/rsa"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"
	"google.golang.org/protobuf/proto"

	"github.com/muster-run/muster/plugins/internal/pb"
	"github.com/muster-run/muster/plugins/sdk"
)

// same compares cty by their own rules.
var same = cmp.Options{
	cmp.Comparer(func(a, b cty.Type) bool { return a.Equals(b) }),
	cmp.Comparer(func(a, b cty.Value) bool {
		if a == cty.NilVal || b == cty.NilVal {
			return a == cty.NilVal && b == cty.NilVal
		}
		return a.RawEquals(b)
	}),
}

var full = sdk.Description{
	Name: "full", Summary: "Has everything.", Doc: "# Doc", Example: "task \"full\" \"x\" {}", Kind: sdk.Action, Probes: true,
	Args: sdk.Schema{
		Attributes: []sdk.Attribute{
			{Name: "text", Type: cty.String, Doc: "A text.", Required: true, OneOf: []string{"a", "b"}},
			{Name: "ports", Type: cty.List(cty.Number), Default: cty.ListVal([]cty.Value{cty.NumberIntVal(1)})},
			{Name: "extra", Type: cty.ObjectWithOptionalAttrs(map[string]cty.Type{"x": cty.Bool}, []string{"x"})},
			{Name: "any", Type: cty.DynamicPseudoType, Sensitive: true},
			{Name: "file", Type: cty.String, Source: sdk.FromFile},
			{Name: "key", Type: cty.String, Source: sdk.FromSecretFile},
			{Name: "password", Type: cty.String, Source: sdk.FromSecret},
		},
		Blocks: []sdk.Block{{
			Name: "certificate", Doc: "One.", Required: true,
			Schema: sdk.Schema{Attributes: []sdk.Attribute{{Name: "chain", Type: cty.String}}},
		}, {
			Name: "user", Repeat: true,
			Schema: sdk.Schema{Attributes: []sdk.Attribute{{Name: "name", Type: cty.String}}},
		}},
	},
	Outputs:   sdk.Schema{Attributes: []sdk.Attribute{{Name: "id", Type: cty.Number}, {Name: "names", Type: cty.Set(cty.String)}}},
	HostData:  []sdk.Attribute{{Name: "site", Type: cty.String, Required: true}},
	Exclusive: []string{"cli"},
}

func TestDescriptionsSurvive(t *testing.T) {
	m, err := EncodeDescription(full, Abilities{Validates: true, FansOut: true})
	if err != nil {
		t.Fatal(err)
	}
	b, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	m = &pb.Description{}
	if err := proto.Unmarshal(b, m); err != nil {
		t.Fatal(err)
	}
	got, can, err := DecodeDescription(m)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(full, got, same); d != "" {
		t.Error(d)
	}
	if !can.Validates || !can.FansOut {
		t.Errorf("abilities %+v", can)
	}
}

func TestHostileDescriptions(t *testing.T) {
	many := make([]*pb.Attribute, 100_000)
	deep := &pb.Schema{}
	for range 1000 {
		deep = &pb.Schema{Blocks: []*pb.Block{{Name: "b", Schema: deep}}}
	}
	str := []byte(`"string"`)
	for name, m := range map[string]*pb.Description{
		"nothing":              nil,
		"no kind":              {Name: "x"},
		"kind of tomorrow":     {Name: "x", Kind: 99},
		"path as a name":       {Name: "../x", Kind: pb.Kind_KIND_STATE},
		"no type":              {Name: "x", Kind: 1, Args: &pb.Schema{Attributes: []*pb.Attribute{{Name: "a"}}}},
		"type is no JSON":      {Name: "x", Kind: 1, Args: &pb.Schema{Attributes: []*pb.Attribute{{Name: "a", Type: []byte("{")}}}},
		"type of tomorrow":     {Name: "x", Kind: 1, Args: &pb.Schema{Attributes: []*pb.Attribute{{Name: "a", Type: []byte(`"int"`)}}}},
		"deep type":            {Name: "x", Kind: 1, Args: &pb.Schema{Attributes: []*pb.Attribute{{Name: "a", Type: []byte(strings.Repeat(`["set",`, 300))}}}},
		"source of tomorrow":   {Name: "x", Kind: 1, Args: &pb.Schema{Attributes: []*pb.Attribute{{Name: "a", Type: str, Source: 77}}}},
		"default misfits":      {Name: "x", Kind: 1, Args: &pb.Schema{Attributes: []*pb.Attribute{{Name: "a", Type: str, Default: &pb.Value{Msgpack: []byte{1}}}}}},
		"reserved argument":    {Name: "x", Kind: 1, Args: &pb.Schema{Attributes: []*pb.Attribute{{Name: "when", Type: str}}}},
		"100,000 arguments":    {Name: "x", Kind: 1, Args: &pb.Schema{Attributes: many}},
		"100,000 host data":    {Name: "x", Kind: 1, HostData: many},
		"blocks nest for ever": {Name: "x", Kind: 1, Args: deep},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := DecodeDescription(m); err == nil {
				t.Error("accepted")
			}
		})
	}
}

func fullArgs() cty.Value {
	return cty.ObjectVal(map[string]cty.Value{
		"text": cty.StringVal("a"), "ports": cty.ListVal([]cty.Value{cty.NumberIntVal(8012)}),
		"extra":       cty.ObjectVal(map[string]cty.Value{"x": cty.NullVal(cty.Bool)}),
		"any":         cty.TupleVal([]cty.Value{cty.True, cty.StringVal("x").Mark(sdk.Sensitive)}),
		"file":        cty.NullVal(sdk.FileType),
		"key":         cty.UnknownVal(sdk.HandleType),
		"password":    cty.NullVal(sdk.HandleType),
		"certificate": cty.ObjectVal(map[string]cty.Value{"chain": cty.StringVal("pem")}),
		"user":        cty.ListVal([]cty.Value{cty.ObjectVal(map[string]cty.Value{"name": cty.StringVal("u")})}),
	})
}

func TestCallsSurvive(t *testing.T) {
	s := NewShape(full)
	req := &sdk.Request{
		Host: sdk.Host{Name: "xsp1", Address: "10.0.0.1"}, Args: sdk.Object{Value: fullArgs()},
		Data:       sdk.Object{Value: cty.ObjectVal(map[string]cty.Value{"site": cty.StringVal("east")})},
		Unfinished: &sdk.Unfinished{Since: time.Date(2026, 11, 21, 22, 50, 3, 7, time.UTC)},
	}
	want := Call{ID: "7", Grant: "g", Left: 1500 * time.Millisecond}
	m, err := s.EncodeCall(req, want)
	if err != nil {
		t.Fatal(err)
	}
	got, call, err := s.DecodeCall(m)
	if err != nil {
		t.Fatal(err)
	}
	plainArgs, _ := req.Args.Value.UnmarkDeep()
	req.Args.Value = plainArgs
	if d := cmp.Diff(req, got, same); d != "" {
		t.Error(d)
	}
	if call != want {
		t.Errorf("got %+v", call)
	}
	if len(m.GetArgs().GetSensitive()) != 1 {
		t.Errorf("sensitive paths: %v", m.GetArgs().GetSensitive())
	}
}

func TestResultsSurvive(t *testing.T) {
	s := NewShape(full)
	outputs := sdk.Object{Value: cty.ObjectVal(map[string]cty.Value{"id": cty.NumberIntVal(1), "names": cty.NullVal(cty.Set(cty.String))})}
	check := &sdk.CheckResult{
		Verdict: sdk.Change, Reason: "r", Diff: []sdk.Diff{{What: "w", Before: "b", After: "a"}}, Pending: "p", Notes: []string{"n"}, Outputs: outputs,
	}
	m, err := s.EncodeCheck(check)
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.DecodeCheck(m)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(check, got, same); d != "" {
		t.Error(d)
	}
	apply := &sdk.ApplyResult{Changed: true, Diff: check.Diff, Notes: check.Notes, Outputs: outputs}
	ma, err := s.EncodeApply(apply)
	if err != nil {
		t.Fatal(err)
	}
	gotA, err := s.DecodeApply(ma)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(apply, gotA, same); d != "" {
		t.Error(d)
	}
	payload := &sdk.Payload{Digest: "d", Parts: map[string]sdk.Handle{"key": {ID: "1", Name: "n", Size: 3, SHA256: "ab", PublicKey: "p"}}, Facts: map[string]string{"k": "v"}}
	mp, err := s.EncodePayload(payload)
	if err != nil {
		t.Fatal(err)
	}
	gotP, err := s.DecodePayload(mp)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(payload, gotP); d != "" {
		t.Error(d)
	}
	problems := []sdk.Problem{{Warning: true, Arg: "a[1]", Summary: "s", Detail: "d", Advice: "x"}, {}}
	if d := cmp.Diff(problems, DecodeProblems(EncodeProblems(problems))); d != "" {
		t.Error(d)
	}
}

func TestOutputsAreHeldAgainstTheSchema(t *testing.T) {
	s := NewShape(full)
	object := func(m map[string]cty.Value) sdk.Object { return sdk.Object{Value: cty.ObjectVal(m)} }
	for name, tt := range map[string]struct {
		in   sdk.Object
		want cty.Value
		err  string
	}{
		"nothing": {sdk.Object{}, cty.NilVal, ""},
		"a part": {object(map[string]cty.Value{"id": cty.StringVal("5")}),
			cty.ObjectVal(map[string]cty.Value{"id": cty.NumberIntVal(5), "names": cty.NullVal(cty.Set(cty.String))}), ""},
		"secret": {object(map[string]cty.Value{"id": cty.NumberIntVal(5).Mark(sdk.Sensitive)}),
			cty.ObjectVal(map[string]cty.Value{"id": cty.NumberIntVal(5).Mark(sdk.Sensitive), "names": cty.NullVal(cty.Set(cty.String))}), ""},
		"unknown":       {object(map[string]cty.Value{"id": cty.UnknownVal(cty.Number)}), cty.ObjectVal(map[string]cty.Value{"id": cty.UnknownVal(cty.Number), "names": cty.NullVal(cty.Set(cty.String))}), ""},
		"too much":      {object(map[string]cty.Value{"id": cty.Zero, "uid": cty.Zero}), cty.NilVal, `output "uid"`},
		"wrong type":    {object(map[string]cty.Value{"id": cty.StringVal("x")}), cty.NilVal, "id: a number is required"},
		"not an object": {sdk.Object{Value: cty.True}, cty.NilVal, "object"},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := s.EncodeApply(&sdk.ApplyResult{Outputs: tt.in})
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("got %v, want %q", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got, err := s.DecodeApply(m)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got.Outputs.Value, same); d != "" {
				t.Error(d)
			}
		})
	}
	if _, err := s.EncodeCheck(&sdk.CheckResult{Verdict: "maybe"}); err == nil {
		t.Error("a verdict that does not exist was accepted")
	}
	if _, err := s.EncodeCheck(nil); err == nil {
		t.Error("nil was accepted")
	}
	if _, err := s.DecodeCheck(&pb.CheckResult{Verdict: 42}); err == nil {
		t.Error("a verdict of tomorrow was accepted")
	}
}

func TestOperationsSurvive(t *testing.T) {
	for _, e := range []sdk.Effect{sdk.Read, sdk.Idempotent, sdk.Once} {
		if got := DecodeEffect(&pb.Op{Effect: EncodeEffect(e)}); got != e {
			t.Errorf("%s became %s", e, got)
		}
	}
	if DecodeEffect(nil) != sdk.Once || DecodeEffect(&pb.Op{Effect: 9}) != sdk.Once || EncodeEffect("") != pb.Effect_EFFECT_ONCE {
		t.Error("what is not known to be harmless is Once")
	}
	for _, f := range []sdk.FileInfo{
		{Size: 5, Mode: 0o640, ModTime: time.Unix(1, 5).UTC(), SHA256: "ab"}, {Mode: fs.ModeDir | 0o755}, {Mode: fs.ModeIrregular},
	} {
		if got := DecodeFileInfo(EncodeFileInfo(f)); got != f {
			t.Errorf("%+v became %+v", f, got)
		}
	}
	for _, opts := range []crypto.SignerOpts{crypto.SHA256, crypto.Hash(0), &rsa.PSSOptions{SaltLength: -1, Hash: crypto.SHA384}} {
		m := &pb.SignRequest{Digest: make([]byte, 48)}
		if err := EncodeSignerOpts(opts, m); err != nil {
			t.Fatal(err)
		}
		if opts.HashFunc() != 0 {
			m.Digest = make([]byte, opts.HashFunc().Size())
		}
		got, err := DecodeSignerOpts(m)
		if d := cmp.Diff(opts, got); err != nil || d != "" {
			t.Error(err, d)
		}
	}
	if _, err := DecodeSignerOpts(&pb.SignRequest{Hash: pb.Hash_HASH_SHA256, Digest: []byte("short")}); err == nil {
		t.Error("a digest of the wrong length was accepted")
	}
	if _, err := DecodeFrom(9); err == nil {
		t.Error("an unknown place was accepted")
	}
}
