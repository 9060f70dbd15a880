package wire

import (
	"bytes"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/muster-run/muster/plugins/internal/pb"
	"github.com/muster-run/muster/plugins/sdk"
)

// Numbers cross as decimal text where they are too large for an int64, so that all that HCL reads survive; a float64
// beyond 2^63 that Go code made may change in its last digits, and is not drawn here.

// types draws a type; the deepest level is primitive.
func types(depth int) *rapid.Generator[cty.Type] {
	return rapid.Custom(func(t *rapid.T) cty.Type {
		kind := rapid.IntRange(0, 8).Draw(t, "kind")
		if depth == 0 {
			kind %= 4
		}
		switch kind {
		case 0:
			return cty.String
		case 1:
			return cty.Number
		case 2:
			return cty.Bool
		case 3:
			return cty.DynamicPseudoType
		case 4:
			return cty.List(types(0).Filter(settled).Draw(t, "list"))
		case 5:
			return cty.Set(types(0).Filter(settled).Draw(t, "set"))
		case 6:
			return cty.Map(types(depth-1).Filter(settled).Draw(t, "map"))
		case 7:
			return cty.Tuple(rapid.SliceOfN(types(depth-1), 0, 3).Draw(t, "tuple"))
		default:
			return cty.Object(rapid.MapOfN(rapid.StringMatching(`[a-z]{1,5}`), types(depth-1), 0, 4).Draw(t, "object"))
		}
	})
}

// settled keeps dynamic types out of collections, whose elements must be of one type.
func settled(t cty.Type) bool { return !t.HasDynamicTypes() }

// values draws a value of the type: unknown, null or marked now and then.
func values(t *rapid.T, ty cty.Type, marks bool) cty.Value {
	v := value(t, ty, marks)
	if marks && rapid.IntRange(0, 9).Draw(t, "mark") == 0 {
		v = v.Mark(sdk.Sensitive)
	}
	return v
}

func value(t *rapid.T, ty cty.Type, marks bool) cty.Value {
	switch rapid.IntRange(0, 9).Draw(t, "state") {
	case 0:
		return cty.NullVal(ty)
	case 1:
		return cty.UnknownVal(ty)
	}
	switch {
	case ty == cty.DynamicPseudoType:
		return value(t, types(1).Filter(settled).Draw(t, "real"), false)
	case ty == cty.String:
		return cty.StringVal(rapid.String().Draw(t, "string"))
	case ty == cty.Bool:
		return cty.BoolVal(rapid.Bool().Draw(t, "bool"))
	case ty == cty.Number:
		return number(t)
	case ty.IsTupleType():
		var list []cty.Value
		for _, e := range ty.TupleElementTypes() {
			list = append(list, values(t, e, marks))
		}
		return cty.TupleVal(list)
	case ty.IsObjectType():
		attrs := map[string]cty.Value{}
		for name, e := range ty.AttributeTypes() {
			attrs[name] = values(t, e, marks)
		}
		return cty.ObjectVal(attrs)
	}
	return collection(t, ty, marks)
}

func number(t *rapid.T) cty.Value {
	switch rapid.IntRange(0, 3).Draw(t, "number") {
	case 0:
		return cty.NumberIntVal(rapid.Int64().Draw(t, "int"))
	case 1:
		return cty.NumberUIntVal(rapid.Uint64().Draw(t, "uint"))
	case 2:
		return cty.NumberFloatVal(rapid.Float64Range(-1e15, 1e15).Draw(t, "float"))
	default:
		return cty.MustParseNumberVal(rapid.StringMatching(`-?[1-9][0-9]{0,40}(\.[0-9]{1,40})?(e-?[1-9][0-9]{0,2})?`).Draw(t, "decimal"))
	}
}

func collection(t *rapid.T, ty cty.Type, marks bool) cty.Value {
	ety := ty.ElementType()
	n := rapid.IntRange(0, 3).Draw(t, "elements")
	switch {
	case ty.IsMapType():
		m := map[string]cty.Value{}
		for range n {
			m[rapid.StringMatching(`[a-z.\[\]é]{0,6}`).Draw(t, "key")] = values(t, ety, marks)
		}
		if len(m) == 0 {
			return cty.MapValEmpty(ety)
		}
		return cty.MapVal(m)
	case n == 0 && ty.IsSetType():
		return cty.SetValEmpty(ety)
	case n == 0:
		return cty.ListValEmpty(ety)
	}
	var list []cty.Value
	for range n {
		list = append(list, values(t, ety, marks))
	}
	if ty.IsSetType() {
		return cty.SetVal(list)
	}
	return cty.ListVal(list)
}

func TestValuesSurvive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ty := types(3).Draw(t, "type")
		in := values(t, ty, true)
		m, err := EncodeValue(in, ty)
		if err != nil {
			t.Fatalf("encode %#v as %#v: %v", in, ty, err)
		}
		out, err := DecodeValue(m, ty)
		if err != nil {
			t.Fatalf("decode %#v: %v", in, err)
		}
		if !out.RawEquals(in) {
			t.Fatalf("got %#v\nwant %#v", out, in)
		}
	})
}

func TestMarksOfAnyKindAreSensitive(t *testing.T) {
	ty := cty.Object(map[string]cty.Type{"list": cty.List(cty.String)})
	in := cty.ObjectVal(map[string]cty.Value{
		"list": cty.ListVal([]cty.Value{cty.StringVal("a"), cty.StringVal("b").Mark("some other mark")}),
	})
	m, err := EncodeValue(in, ty)
	if err != nil {
		t.Fatal(err)
	}
	out, err := DecodeValue(m, ty)
	if err != nil {
		t.Fatal(err)
	}
	if got := out.GetAttr("list").Index(cty.NumberIntVal(1)); !got.HasMark(sdk.Sensitive) {
		t.Errorf("got %#v, want it sensitive", got)
	}
	if got := out.GetAttr("list").Index(cty.NumberIntVal(0)); got.IsMarked() {
		t.Errorf("got %#v, want it plain", got)
	}
}

func TestHostileValues(t *testing.T) {
	object := cty.Object(map[string]cty.Type{"a": cty.String, "b": cty.Number})
	deepType := strings.Repeat(`["list",`, 5000) + `"string"` + strings.Repeat(`]`, 5000)
	for name, tt := range map[string]struct {
		b  []byte
		ty cty.Type
	}{
		"garbage":                   {[]byte("garbage"), object},
		"invalid code":              {[]byte{0xc1}, cty.String},
		"list of 4 G elements":      {[]byte{0xdd, 0xff, 0xff, 0xff, 0xff}, cty.List(cty.String)},
		"map of 4 G elements":       {[]byte{0xdf, 0xff, 0xff, 0xff, 0xff, 0xa1, 'a', 0xc0}, cty.Map(cty.String)},
		"string of 4 GB":            {[]byte{0xdb, 0xff, 0xff, 0xff, 0xff, 'x'}, cty.String},
		"extension of 4 GB":         {[]byte{0xc9, 0xff, 0xff, 0xff, 0xff, 0, 0}, cty.String},
		"length cut":                {[]byte{0xdd, 0xff}, cty.List(cty.String)},
		"two values":                {[]byte{0xc0, 0xc0}, cty.String},
		"nested too deep":           {append([]byte(strings.Repeat("\x91", 5000)), 0xc0), cty.DynamicPseudoType},
		"type nested too deep":      {append(append([]byte{0x92, 0xc5, 0xc3, 0x58}, deepType...), 0xc0), cty.DynamicPseudoType},
		"type as a string, too":     {append(append([]byte{0x92, 0xda, 0xc3, 0x58}, deepType...), 0xc0), cty.DynamicPseudoType},
		"number for a string":       {[]byte{0x82, 0xa1, 'a', 1, 0xa1, 'b', 2}, object},
		"attribute twice":           {[]byte{0x82, 0xa1, 'a', 0xc0, 0xa1, 'a', 0xc0}, object},
		"no attributes":             {[]byte{0x80}, object},
		"another attribute":         {[]byte{0x82, 0xa1, 'a', 0xc0, 0xa1, 'c', 0xc0}, object},
		"empty where a tuple is":    {[]byte{0x90}, cty.Tuple([]cty.Type{cty.String})},
		"dynamic inside a list":     {[]byte{0x92, 0xa1, 'x', 0x01}, cty.List(cty.String)},
		"number beyond imagination": {append([]byte{0xaa}, "1e99999999"...), cty.Number},
		"dynamic type is no type":   {append([]byte{0x92, 0xc4, 0x02}, `{}`+"\xc0"...), cty.DynamicPseudoType},
	} {
		t.Run(name, func(t *testing.T) {
			if v, err := DecodeValue(&pb.Value{Msgpack: tt.b}, tt.ty); err == nil {
				t.Errorf("accepted as %#v", v)
			} else if len(err.Error()) > 500 {
				t.Errorf("the error is %d bytes long", len(err.Error()))
			}
		})
	}
}

func TestTooManySensitivePathsMarkTheWhole(t *testing.T) {
	m := &pb.Value{Msgpack: []byte{0xa1, 'x'}, Sensitive: make([]*pb.Path, 100_000)}
	v, err := DecodeValue(m, cty.String)
	if err != nil || !v.HasMark(sdk.Sensitive) {
		t.Errorf("got %#v, %v", v, err)
	}
}

func FuzzDecodeValue(f *testing.F) {
	shapes := []cty.Type{
		cty.DynamicPseudoType, cty.List(cty.Number), cty.Map(cty.Set(cty.String)), sdk.HandleType,
		cty.Object(map[string]cty.Type{"any": cty.DynamicPseudoType, "t": cty.Tuple([]cty.Type{cty.Bool, cty.String})}),
	}
	for _, ty := range shapes {
		m, err := EncodeValue(cty.UnknownVal(ty).RefineNotNull(), ty)
		if err == nil {
			f.Add(m.Msgpack)
		}
	}
	f.Add([]byte{0x92, 0xc4, 0x08, '"', 's', 't', 'r', 'i', 'n', 'g', '"', 0xa1, 'x'})
	f.Add([]byte{0xc7, 0x03, 0x0c, 0x81, 0x01, 0xc2})
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, ty := range shapes {
			v, err := DecodeValue(&pb.Value{Msgpack: b}, ty)
			if err != nil {
				continue
			}
			m, err := EncodeValue(v, ty)
			if err != nil {
				t.Fatalf("%#v was decoded and cannot be encoded: %v", v, err)
			}
			// A value may come in more than one form (an unknown about which nothing is known, said at length); the form
			// that we write stays.
			again, err := DecodeValue(m, ty)
			if err != nil {
				t.Fatalf("%#v was encoded and cannot be decoded: %v", v, err)
			}
			if m2, err := EncodeValue(again, ty); err != nil || !bytes.Equal(m.Msgpack, m2.Msgpack) {
				t.Fatalf("%#v became %#v (%v)", v, again, err)
			}
		}
	})
}

func FuzzDecodeMessages(f *testing.F) {
	d, err := EncodeDescription(full, Abilities{})
	if err != nil {
		f.Fatal(err)
	}
	s := NewShape(full)
	call, err := s.EncodeCall(&sdk.Request{Args: sdk.Object{Value: fullArgs()}}, Call{ID: "1"})
	if err != nil {
		f.Fatal(err)
	}
	failure := EncodeError(&sdk.Failure{Summary: "s", Do: []string{"d"}, Err: sdk.ErrUnreachable})
	for _, m := range []proto.Message{d, call, failure} {
		b, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var (
			description pb.Description
			request     pb.CallRequest
			event       pb.CallEvent
			failure     pb.Error
		)
		if proto.Unmarshal(b, &description) == nil {
			if d, _, err := DecodeDescription(&description); err == nil {
				NewShape(d)
			}
		}
		if proto.Unmarshal(b, &request) == nil {
			_, _, _ = s.DecodeCall(&request)
			_, _ = s.DecodePayload(request.GetPayload())
		}
		if proto.Unmarshal(b, &event) == nil {
			_, _ = s.DecodeCheck(event.GetCheck())
			_, _ = s.DecodeApply(event.GetApply())
		}
		if proto.Unmarshal(b, &failure) == nil {
			if err := DecodeError(&failure); err.Error() == "" && failure.GetText() != "" {
				t.Errorf("%v lost its text", &failure)
			}
		}
	})
}
