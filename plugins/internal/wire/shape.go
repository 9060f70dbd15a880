package wire

import (
	"fmt"
	"sort"
	"time"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/muster-run/muster/plugins/internal/pb"
	"github.com/muster-run/muster/plugins/sdk"
)

// Shape is the types of one module's values.
type Shape struct {
	Module              string
	args, data, outputs cty.Type
}

// NewShape computes the types of a description that has been verified.
func NewShape(d sdk.Description) *Shape {
	return &Shape{
		Module:  d.Name,
		args:    d.Args.Type(),
		data:    sdk.Schema{Attributes: d.HostData}.Type(),
		outputs: optional(d.Outputs),
	}
}

// optional is the type of outputs as a module may give them: every attribute may be left out.
func optional(s sdk.Schema) cty.Type {
	attrs := map[string]cty.Type{}
	for _, a := range s.Attributes {
		attrs[a.Name] = a.ReceivedType()
	}
	for _, b := range s.Blocks {
		attrs[b.Name] = optional(b.Schema)
		if b.Repeat {
			attrs[b.Name] = cty.List(attrs[b.Name])
		}
	}
	var names []string
	for name := range attrs {
		names = append(names, name)
	}
	return cty.ObjectWithOptionalAttrs(attrs, names)
}

// Call is what a request carries beside its values.
type Call struct {
	ID    string
	Grant string
	Left  time.Duration // until the deadline; 0: none
}

// EncodeCall writes a request. Conn and Report stay behind: they are the grant and the stream.
func (s *Shape) EncodeCall(req *sdk.Request, c Call) (*pb.CallRequest, error) {
	args, err := EncodeValue(req.Args.Value, s.args)
	if err != nil {
		return nil, fmt.Errorf("arguments of module %s: %w", s.Module, err)
	}
	data, err := EncodeValue(req.Data.Value, s.data)
	if err != nil {
		return nil, fmt.Errorf("host data for module %s: %w", s.Module, err)
	}
	return &pb.CallRequest{
		Call: c.ID, Module: s.Module, Grant: c.Grant, TimeoutMs: millis(c.Left), Args: args, Data: data,
		Host:       &pb.Host{Name: text(req.Host.Name), Address: text(req.Host.Address)},
		Unfinished: encodeUnfinished(req.Unfinished),
	}, nil
}

func encodeUnfinished(u *sdk.Unfinished) *pb.Unfinished {
	switch {
	case u == nil:
		return nil
	case u.Since.IsZero():
		return &pb.Unfinished{}
	}
	return &pb.Unfinished{SinceNs: u.Since.UnixNano()}
}

func decodeUnfinished(m *pb.Unfinished) *sdk.Unfinished {
	switch {
	case m == nil:
		return nil
	case m.GetSinceNs() == 0:
		return &sdk.Unfinished{}
	}
	return &sdk.Unfinished{Since: time.Unix(0, m.GetSinceNs()).UTC()}
}

// millis rounds up: a deadline that is almost there is not no deadline.
func millis(d time.Duration) int64 {
	if d <= 0 {
		return 0
	}
	return int64((d + time.Millisecond - 1) / time.Millisecond)
}

// DecodeCall reads a request. Its values are plain: marks serve the engine, and Decode could not read past them.
func (s *Shape) DecodeCall(m *pb.CallRequest) (*sdk.Request, Call, error) {
	args, err := DecodeValue(m.GetArgs(), s.args)
	if err != nil {
		return nil, Call{}, fmt.Errorf("arguments of module %s: %w", s.Module, err)
	}
	data, err := DecodeValue(m.GetData(), s.data)
	if err != nil {
		return nil, Call{}, fmt.Errorf("host data for module %s: %w", s.Module, err)
	}
	req := &sdk.Request{
		Host: sdk.Host{Name: m.GetHost().GetName(), Address: m.GetHost().GetAddress()},
		Args: plain(args), Data: plain(data), Unfinished: decodeUnfinished(m.GetUnfinished()),
	}
	const most = int64(1<<63-1) / int64(time.Millisecond)
	left := time.Duration(min(max(m.GetTimeoutMs(), 0), most)) * time.Millisecond
	return req, Call{ID: m.GetCall(), Grant: m.GetGrant(), Left: left}, nil
}

func plain(v cty.Value) sdk.Object {
	v, _ = v.UnmarkDeep()
	if v.IsNull() {
		return sdk.Object{}
	}
	return sdk.Object{Value: v}
}

// encodeOutputs writes outputs as a value of the whole type, null where the module said nothing. An attribute that the
// schema does not have is an error: the engine would drop it without a word.
func (s *Shape) encodeOutputs(o sdk.Object) (_ *pb.Value, err error) {
	defer rescue(&err)
	v := o.Value
	if v == cty.NilVal {
		return &pb.Value{}, nil
	}
	bare, _ := v.Unmark()
	if bare.Type().IsObjectType() {
		if name := stranger(bare.Type(), s.outputs); name != "" {
			return nil, fmt.Errorf("module %s returned the output %q, which its description does not have", s.Module, name)
		}
	}
	full, err := convert.Convert(v, s.outputs)
	if err != nil {
		return nil, fmt.Errorf("outputs of module %s: %w", s.Module, located(err))
	}
	return EncodeValue(full, s.outputs)
}

func stranger(given, declared cty.Type) string {
	var names []string
	for name := range given.AttributeTypes() {
		if !declared.HasAttribute(name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	sort.Strings(names)
	return names[0]
}

func (s *Shape) decodeOutputs(m *pb.Value) (sdk.Object, error) {
	v, err := DecodeValue(m, s.outputs)
	if err != nil {
		return sdk.Object{}, fmt.Errorf("outputs of module %s: %w", s.Module, err)
	}
	if v.IsNull() {
		return sdk.Object{}, nil
	}
	return sdk.Object{Value: v}, nil
}
