package wire

import (
	"encoding/json"
	"fmt"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/muster-run/muster/plugins/internal/pb"
	"github.com/muster-run/muster/plugins/sdk"
)

// Limits of a description, far above what a person would write and read.
const (
	maxAttributes = 500
	maxTypeJSON   = 64 << 10
)

var kinds = pairs[sdk.Kind, pb.Kind]{
	{sdk.State, pb.Kind_KIND_STATE},
	{sdk.Action, pb.Kind_KIND_ACTION},
	{sdk.Probe, pb.Kind_KIND_PROBE},
}

var sources = pairs[sdk.Source, pb.Source]{
	{sdk.FromPlaybook, pb.Source_SOURCE_PLAYBOOK},
	{sdk.FromFile, pb.Source_SOURCE_FILE},
	{sdk.FromSecretFile, pb.Source_SOURCE_SECRET_FILE},
	{sdk.FromSecret, pb.Source_SOURCE_SECRET},
	{sdk.FromPlaybook, pb.Source_SOURCE_UNSPECIFIED},
}

// Abilities are the optional interfaces that a module has.
type Abilities struct{ Validates, FansOut bool }

// EncodeDescription writes a description.
func EncodeDescription(d sdk.Description, a Abilities) (*pb.Description, error) {
	kind, _ := kinds.encode(d.Kind)
	out := &pb.Description{
		Name: text(d.Name), Summary: text(d.Summary), Doc: text(d.Doc), Example: text(d.Example), Kind: kind,
		Exclusive: texts(d.Exclusive), Validates: a.Validates, FanOut: a.FansOut,
		Probes: d.Probes,
	}
	var err error
	if out.Args, err = encodeSchema(d.Args); err != nil {
		return nil, fmt.Errorf("module %s: %w", d.Name, err)
	}
	if out.Outputs, err = encodeSchema(d.Outputs); err != nil {
		return nil, fmt.Errorf("module %s: %w", d.Name, err)
	}
	if out.HostData, err = encodeAttributes(d.HostData); err != nil {
		return nil, fmt.Errorf("module %s: %w", d.Name, err)
	}
	return out, nil
}

// DecodeDescription reads and verifies a description.
func DecodeDescription(m *pb.Description) (sdk.Description, Abilities, error) {
	kind, _ := kinds.decode(m.GetKind())
	d := sdk.Description{
		Name: m.GetName(), Summary: m.GetSummary(), Doc: m.GetDoc(), Example: m.GetExample(), Kind: kind,
		Exclusive: texts(m.GetExclusive()), Probes: m.GetProbes(),
	}
	a := Abilities{Validates: m.GetValidates(), FansOut: m.GetFanOut()}
	budget := maxAttributes
	var err error
	if d.Args, err = decodeSchema(m.GetArgs(), &budget, 0); err != nil {
		return d, a, fmt.Errorf("module %q: %w", d.Name, err)
	}
	if d.Outputs, err = decodeSchema(m.GetOutputs(), &budget, 0); err != nil {
		return d, a, fmt.Errorf("module %q: %w", d.Name, err)
	}
	if d.HostData, err = decodeAttributes(m.GetHostData(), &budget); err != nil {
		return d, a, fmt.Errorf("module %q: %w", d.Name, err)
	}
	return d, a, d.Verify()
}

func encodeSchema(s sdk.Schema) (*pb.Schema, error) {
	attrs, err := encodeAttributes(s.Attributes)
	if err != nil {
		return nil, err
	}
	out := &pb.Schema{Attributes: attrs}
	for _, b := range s.Blocks {
		inner, err := encodeSchema(b.Schema)
		if err != nil {
			return nil, fmt.Errorf("block %s: %w", b.Name, err)
		}
		out.Blocks = append(out.Blocks, &pb.Block{
			Name: text(b.Name), Doc: text(b.Doc), Required: b.Required, Repeat: b.Repeat, Schema: inner,
		})
	}
	return out, nil
}

func decodeSchema(m *pb.Schema, budget *int, depth int) (sdk.Schema, error) {
	if depth > maxDepth {
		return sdk.Schema{}, errDepth
	}
	attrs, err := decodeAttributes(m.GetAttributes(), budget)
	if err != nil {
		return sdk.Schema{}, err
	}
	out := sdk.Schema{Attributes: attrs}
	for _, b := range m.GetBlocks() {
		if *budget--; *budget < 0 {
			return out, fmt.Errorf("more than %d arguments", maxAttributes)
		}
		inner, err := decodeSchema(b.GetSchema(), budget, depth+1)
		if err != nil {
			return out, fmt.Errorf("block %q: %w", b.GetName(), err)
		}
		out.Blocks = append(out.Blocks, sdk.Block{
			Name: b.GetName(), Doc: b.GetDoc(), Required: b.GetRequired(), Repeat: b.GetRepeat(), Schema: inner,
		})
	}
	return out, nil
}

func encodeAttributes(list []sdk.Attribute) ([]*pb.Attribute, error) {
	var out []*pb.Attribute
	for _, a := range list {
		ty, err := encodeType(a.Type)
		if err != nil {
			return nil, fmt.Errorf("argument %s: %w", a.Name, err)
		}
		source, ok := sources.encode(a.Source)
		if !ok {
			return nil, fmt.Errorf("argument %s: unknown source %q", a.Name, a.Source)
		}
		m := &pb.Attribute{
			Name: text(a.Name), Type: ty, Doc: text(a.Doc), Required: a.Required, OneOf: texts(a.OneOf), Source: source,
			Sensitive: a.Sensitive,
		}
		if a.Default != cty.NilVal {
			if m.Default, err = EncodeValue(a.Default, a.Type); err != nil {
				return nil, fmt.Errorf("argument %s: default: %w", a.Name, err)
			}
		}
		out = append(out, m)
	}
	return out, nil
}

func decodeAttributes(list []*pb.Attribute, budget *int) ([]sdk.Attribute, error) {
	var out []sdk.Attribute
	for _, m := range list {
		if *budget--; *budget < 0 {
			return nil, fmt.Errorf("more than %d arguments", maxAttributes)
		}
		ty, err := decodeType(m.GetType())
		if err != nil {
			return nil, fmt.Errorf("argument %q: %w", m.GetName(), err)
		}
		source, ok := sources.decode(m.GetSource())
		if !ok {
			return nil, fmt.Errorf("argument %q: this engine does not know its source (%d)", m.GetName(), m.GetSource())
		}
		a := sdk.Attribute{
			Name: m.GetName(), Type: ty, Doc: m.GetDoc(), Required: m.GetRequired(), OneOf: texts(m.GetOneOf()), Source: source,
			Sensitive: m.GetSensitive(),
		}
		if m.Default != nil {
			if a.Default, err = DecodeValue(m.Default, ty); err != nil {
				return nil, fmt.Errorf("argument %q: default: %w", a.Name, err)
			}
		}
		out = append(out, a)
	}
	return out, nil
}

func encodeType(ty cty.Type) (_ []byte, err error) {
	defer rescue(&err)
	return ctyjson.MarshalType(ty)
}

func decodeType(b []byte) (_ cty.Type, err error) {
	defer rescue(&err)
	if len(b) == 0 || len(b) > maxTypeJSON || nests(b) || !json.Valid(b) {
		return cty.NilType, fmt.Errorf("malformed type")
	}
	return ctyjson.UnmarshalType(b)
}
