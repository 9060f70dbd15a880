package wire

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/msgpack"

	"github.com/muster-run/muster/plugins/internal/pb"
	"github.com/muster-run/muster/plugins/sdk"
)

// maxPaths bounds the sensitive paths of one value; where there are more, the value as a whole is sensitive.
const maxPaths = 1000

// maxExponent bounds numbers: nobody means 10^5000, and printing one would take all memory.
const maxExponent = 16384

// EncodeValue writes a value of type ty; the zero cty.Value stands for null.
func EncodeValue(v cty.Value, ty cty.Type) (_ *pb.Value, err error) {
	defer rescue(&err)
	if v == cty.NilVal {
		return &pb.Value{}, nil
	}
	plain, marks := v.UnmarkDeepWithPaths()
	b, err := msgpack.Marshal(plain, ty.WithoutOptionalAttributesDeep())
	if err != nil {
		return nil, fmt.Errorf("encode value: %w", located(err))
	}
	out := &pb.Value{Msgpack: b}
	for _, m := range marks {
		out.Sensitive = append(out.Sensitive, encodePath(m.Path))
	}
	return out, nil
}

// DecodeValue reads a value of type ty, with the parts that were called sensitive marked sdk.Sensitive.
func DecodeValue(m *pb.Value, ty cty.Type) (_ cty.Value, err error) {
	defer rescue(&err)
	ty = ty.WithoutOptionalAttributesDeep()
	if len(m.GetMsgpack()) == 0 {
		return cty.NullVal(ty), nil
	}
	if err := wellFormed(m.Msgpack, ty.HasDynamicTypes()); err != nil {
		return cty.NilVal, fmt.Errorf("decode value: %w", err)
	}
	v, err := msgpack.Unmarshal(m.Msgpack, ty)
	if err != nil {
		return cty.NilVal, fmt.Errorf("decode value: %w", located(err))
	}
	if errs := v.Type().TestConformance(ty); len(errs) > 0 {
		return cty.NilVal, fmt.Errorf("decode value: %w", located(errs[0]))
	}
	if err := checkNumbers(v); err != nil {
		return cty.NilVal, err
	}
	return markSensitive(v, m.Sensitive), nil
}

func markSensitive(v cty.Value, paths []*pb.Path) cty.Value {
	if len(paths) == 0 {
		return v
	}
	if len(paths) > maxPaths {
		return v.Mark(sdk.Sensitive)
	}
	marks := make([]cty.PathValueMarks, len(paths))
	for i, p := range paths {
		marks[i] = cty.PathValueMarks{Path: decodePath(p), Marks: cty.NewValueMarks(sdk.Sensitive)}
	}
	return v.MarkWithPaths(marks)
}

func checkNumbers(v cty.Value) error {
	return cty.Walk(v, func(p cty.Path, v cty.Value) (bool, error) {
		if v.Type() != cty.Number || v.IsNull() || !v.IsKnown() {
			return true, nil
		}
		if n := v.AsBigFloat(); !n.IsInf() && abs(n.MantExp((*big.Float)(nil))) > maxExponent {
			return false, fmt.Errorf("decode value: number out of range")
		}
		return true, nil
	})
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

// located puts the path that cty found into the text of its error.
func located(err error) error {
	var at cty.PathError
	if !errors.As(err, &at) || len(at.Path) == 0 {
		return err
	}
	return fmt.Errorf("%s: %w", PathString(at.Path), err)
}

// rescue turns a panic into an error: cty panics where a value breaks its rules, and a message from another process may.
func rescue(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("malformed value: %v", p)
	}
}
