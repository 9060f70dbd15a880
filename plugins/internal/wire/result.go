package wire

import (
	"fmt"

	"github.com/muster-run/muster/plugins/internal/pb"
	"github.com/muster-run/muster/plugins/sdk"
)

var verdicts = pairs[sdk.Verdict, pb.Verdict]{
	{sdk.NoChange, pb.Verdict_VERDICT_NO_CHANGE},
	{sdk.Change, pb.Verdict_VERDICT_CHANGE},
	{sdk.Unknown, pb.Verdict_VERDICT_UNKNOWN},
}

// EncodeCheck writes what a Check returned.
func (s *Shape) EncodeCheck(r *sdk.CheckResult) (*pb.CheckResult, error) {
	if r == nil {
		return nil, fmt.Errorf("module %s returned neither a result nor an error", s.Module)
	}
	verdict, ok := verdicts.encode(r.Verdict)
	if !ok {
		return nil, fmt.Errorf("module %s returned the verdict %q, which is none of no_change, change, unknown", s.Module, r.Verdict)
	}
	outputs, err := s.encodeOutputs(r.Outputs)
	if err != nil {
		return nil, err
	}
	return &pb.CheckResult{
		Verdict: verdict, Reason: text(r.Reason), Diff: each(r.Diff, encodeDiff), Pending: text(r.Pending),
		Notes: texts(r.Notes), Outputs: outputs,
	}, nil
}

// DecodeCheck reads what a Check returned.
func (s *Shape) DecodeCheck(m *pb.CheckResult) (*sdk.CheckResult, error) {
	verdict, ok := verdicts.decode(m.GetVerdict())
	if !ok {
		return nil, fmt.Errorf("module %s returned a verdict that this engine does not know (%d)", s.Module, m.GetVerdict())
	}
	outputs, err := s.decodeOutputs(m.GetOutputs())
	if err != nil {
		return nil, err
	}
	return &sdk.CheckResult{
		Verdict: verdict, Reason: m.GetReason(), Diff: each(m.GetDiff(), decodeDiff), Pending: m.GetPending(),
		Notes: texts(m.GetNotes()), Outputs: outputs,
	}, nil
}

// EncodeApply writes what an Apply or an Activate returned.
func (s *Shape) EncodeApply(r *sdk.ApplyResult) (*pb.ApplyResult, error) {
	if r == nil {
		return nil, fmt.Errorf("module %s returned neither a result nor an error", s.Module)
	}
	outputs, err := s.encodeOutputs(r.Outputs)
	if err != nil {
		return nil, err
	}
	return &pb.ApplyResult{Changed: r.Changed, Diff: each(r.Diff, encodeDiff), Notes: texts(r.Notes), Outputs: outputs}, nil
}

// DecodeApply reads what an Apply or an Activate returned.
func (s *Shape) DecodeApply(m *pb.ApplyResult) (*sdk.ApplyResult, error) {
	outputs, err := s.decodeOutputs(m.GetOutputs())
	if err != nil {
		return nil, err
	}
	return &sdk.ApplyResult{
		Changed: m.GetChanged(), Diff: each(m.GetDiff(), decodeDiff), Notes: texts(m.GetNotes()), Outputs: outputs,
	}, nil
}

func encodeDiff(d sdk.Diff) *pb.Diff {
	return &pb.Diff{What: text(d.What), Before: text(d.Before), After: text(d.After)}
}

func decodeDiff(m *pb.Diff) sdk.Diff {
	return sdk.Diff{What: m.GetWhat(), Before: m.GetBefore(), After: m.GetAfter()}
}

// EncodeProblems writes what Validate found.
func EncodeProblems(list []sdk.Problem) []*pb.Problem {
	return each(list, func(p sdk.Problem) *pb.Problem {
		return &pb.Problem{
			Warning: p.Warning, Arg: text(p.Arg), Summary: text(p.Summary), Detail: text(p.Detail), Advice: text(p.Advice),
		}
	})
}

// DecodeProblems reads what Validate found.
func DecodeProblems(list []*pb.Problem) []sdk.Problem {
	return each(list, func(m *pb.Problem) sdk.Problem {
		return sdk.Problem{
			Warning: m.GetWarning(), Arg: m.GetArg(), Summary: m.GetSummary(), Detail: m.GetDetail(), Advice: m.GetAdvice(),
		}
	})
}

// EncodeOffer writes one host's answer to Offer.
func (s *Shape) EncodeOffer(r *sdk.OfferResult) (*pb.OfferResult, error) {
	if r == nil {
		return nil, fmt.Errorf("module %s returned neither an offer nor an error", s.Module)
	}
	return &pb.OfferResult{Holds: r.Holds, Digest: text(r.Digest), Note: text(r.Note), Everyone: r.Everyone}, nil
}

// DecodeOffer reads one host's answer to Offer.
func (s *Shape) DecodeOffer(m *pb.OfferResult) (*sdk.OfferResult, error) {
	return &sdk.OfferResult{Holds: m.GetHolds(), Digest: m.GetDigest(), Note: m.GetNote(), Everyone: m.GetEveryone()}, nil
}

// EncodePayload writes what travels in a fan-out.
func (s *Shape) EncodePayload(p *sdk.Payload) (*pb.Payload, error) {
	if p == nil {
		return nil, fmt.Errorf("module %s: there is no payload", s.Module)
	}
	out := &pb.Payload{Digest: text(p.Digest)}
	if len(p.Parts) > 0 {
		out.Parts = map[string]*pb.Handle{}
	}
	for name, h := range p.Parts {
		out.Parts[text(name)] = EncodeHandle(h)
	}
	if len(p.Facts) > 0 {
		out.Facts = map[string]string{}
	}
	for name, fact := range p.Facts {
		out.Facts[text(name)] = text(fact)
	}
	return out, nil
}

// DecodePayload reads what travels in a fan-out.
func (s *Shape) DecodePayload(m *pb.Payload) (*sdk.Payload, error) {
	out := &sdk.Payload{Digest: m.GetDigest(), Facts: m.GetFacts()}
	if len(m.GetParts()) > 0 {
		out.Parts = map[string]sdk.Handle{}
	}
	for name, h := range m.GetParts() {
		out.Parts[name] = DecodeHandle(h)
	}
	return out, nil
}
