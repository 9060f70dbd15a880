package wire

import (
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/plugins/internal/pb"
)

// encodePath stops at a step that has no name, such as an element of a set: then the whole set is meant.
func encodePath(p cty.Path) *pb.Path {
	out := &pb.Path{}
	for _, s := range p {
		step := encodeStep(s)
		if step == nil {
			return out
		}
		out.Steps = append(out.Steps, step)
	}
	return out
}

func encodeStep(s cty.PathStep) *pb.Path_Step {
	switch s := s.(type) {
	case cty.GetAttrStep:
		return &pb.Path_Step{Step: &pb.Path_Step_Attribute{Attribute: s.Name}}
	case cty.IndexStep:
		switch {
		case !s.Key.IsKnown() || s.Key.IsNull():
			return nil
		case s.Key.Type() == cty.String:
			return &pb.Path_Step{Step: &pb.Path_Step_Key{Key: s.Key.AsString()}}
		case s.Key.Type() == cty.Number:
			n, _ := s.Key.AsBigFloat().Int64()
			return &pb.Path_Step{Step: &pb.Path_Step_Index{Index: n}}
		}
	}
	return nil
}

func decodePath(p *pb.Path) cty.Path {
	var out cty.Path
	for _, s := range p.GetSteps() {
		switch s := s.GetStep().(type) {
		case *pb.Path_Step_Attribute:
			out = out.GetAttr(s.Attribute)
		case *pb.Path_Step_Key:
			out = out.IndexString(s.Key)
		case *pb.Path_Step_Index:
			out = out.Index(cty.NumberIntVal(s.Index))
		default:
			return out // a step of a later version: what leads to it is sensitive as a whole
		}
	}
	return out
}

// PathString prints a path as a playbook would write it: `certificate.chain[2].name`.
func PathString(p cty.Path) string {
	var b strings.Builder
	for _, s := range p {
		switch s := encodeStep(s).GetStep().(type) {
		case *pb.Path_Step_Attribute:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(s.Attribute)
		case *pb.Path_Step_Key:
			b.WriteString("[" + strconv.Quote(s.Key) + "]")
		case *pb.Path_Step_Index:
			b.WriteString("[" + strconv.FormatInt(s.Index, 10) + "]")
		}
	}
	return b.String()
}
