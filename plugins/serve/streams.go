package serve

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/zclconf/go-cty/cty"
	"google.golang.org/grpc"

	"github.com/muster-run/muster/plugins/internal/pb"
	"github.com/muster-run/muster/plugins/internal/wire"
	"github.com/muster-run/muster/plugins/sdk"
)

type stream = grpc.ServerStreamingServer[pb.CallEvent]

// answer runs one call and ends its stream with what do returned.
func (s *server) answer(m *pb.CallRequest, st stream, do func(context.Context, *served, *sdk.Request) (*pb.CallEvent, error)) error {
	out := &reporter{stream: st}
	var result *pb.CallEvent
	err := s.call(st.Context(), m, out, func(ctx context.Context, mod *served, req *sdk.Request) (err error) {
		if v := req.Args.Value; v != cty.NilVal && !v.IsWhollyKnown() {
			return fmt.Errorf("module %s was called with arguments that are not known yet: this is a bug of the engine", mod.name)
		}
		result, err = do(ctx, mod, req)
		return err
	})
	if err != nil {
		result = &pb.CallEvent{Event: &pb.CallEvent_Error{Error: wire.EncodeError(err)}}
	}
	return out.end(result)
}

// Check reads a host.
func (s *server) Check(m *pb.CallRequest, st stream) error {
	return s.answer(m, st, func(ctx context.Context, mod *served, req *sdk.Request) (*pb.CallEvent, error) {
		res, err := mod.Check(ctx, req)
		if err != nil {
			return nil, err
		}
		check, err := mod.shape.EncodeCheck(res)
		return &pb.CallEvent{Event: &pb.CallEvent_Check{Check: check}}, err
	})
}

// Apply changes a host.
func (s *server) Apply(m *pb.CallRequest, st stream) error {
	return s.answer(m, st, func(ctx context.Context, mod *served, req *sdk.Request) (*pb.CallEvent, error) {
		res, err := mod.Apply(ctx, req)
		return applied(mod, res, err)
	})
}

func applied(mod *served, res *sdk.ApplyResult, err error) (*pb.CallEvent, error) {
	if err != nil {
		return nil, err
	}
	apply, err := mod.shape.EncodeApply(res)
	return &pb.CallEvent{Event: &pb.CallEvent_Apply{Apply: apply}}, err
}

// shared is answer for a step of a fan-out.
func (s *server) shared(m *pb.CallRequest, st stream, do func(context.Context, *served, sdk.FanOut, *sdk.Request, *sdk.Payload) (*pb.CallEvent, error)) error {
	return s.answer(m, st, func(ctx context.Context, mod *served, req *sdk.Request) (*pb.CallEvent, error) {
		f, ok := mod.Module.(sdk.FanOut)
		if !ok {
			return nil, fmt.Errorf("module %s does not fan out", mod.name)
		}
		payload, err := mod.shape.DecodePayload(m.GetPayload())
		if err != nil {
			return nil, err
		}
		return do(ctx, mod, f, req, payload)
	})
}

// Offer asks a host what it holds.
func (s *server) Offer(m *pb.CallRequest, st stream) error {
	return s.shared(m, st, func(ctx context.Context, mod *served, f sdk.FanOut, req *sdk.Request, _ *sdk.Payload) (*pb.CallEvent, error) {
		res, err := f.Offer(ctx, req)
		if err != nil {
			return nil, err
		}
		offer, err := mod.shape.EncodeOffer(res)
		return &pb.CallEvent{Event: &pb.CallEvent_Offer{Offer: offer}}, err
	})
}

// Produce makes the payload.
func (s *server) Produce(m *pb.CallRequest, st stream) error {
	return s.shared(m, st, func(ctx context.Context, mod *served, f sdk.FanOut, req *sdk.Request, _ *sdk.Payload) (*pb.CallEvent, error) {
		res, err := f.Produce(ctx, req)
		if err != nil {
			return nil, err
		}
		payload, err := mod.shape.EncodePayload(res)
		return &pb.CallEvent{Event: &pb.CallEvent_Payload{Payload: payload}}, err
	})
}

// Stage places the payload.
func (s *server) Stage(m *pb.CallRequest, st stream) error {
	return s.shared(m, st, func(ctx context.Context, _ *served, f sdk.FanOut, req *sdk.Request, p *sdk.Payload) (*pb.CallEvent, error) {
		return done(f.Stage(ctx, req, p))
	})
}

// Verify proves what was staged.
func (s *server) Verify(m *pb.CallRequest, st stream) error {
	return s.shared(m, st, func(ctx context.Context, _ *served, f sdk.FanOut, req *sdk.Request, p *sdk.Payload) (*pb.CallEvent, error) {
		return done(f.Verify(ctx, req, p))
	})
}

// Activate puts the payload into use.
func (s *server) Activate(m *pb.CallRequest, st stream) error {
	return s.shared(m, st, func(ctx context.Context, mod *served, f sdk.FanOut, req *sdk.Request, p *sdk.Payload) (*pb.CallEvent, error) {
		res, err := f.Activate(ctx, req, p)
		return applied(mod, res, err)
	})
}

func done(err error) (*pb.CallEvent, error) {
	return &pb.CallEvent{Event: &pb.CallEvent_Done{Done: &pb.Done{}}}, err
}

// reporter is the sdk.Reporter of one call: it writes to the call's stream until the result has been written.
type reporter struct {
	mu     sync.Mutex
	stream stream
	ended  bool
}

// Log sends text to be kept with the node.
func (r *reporter) Log(text string) {
	r.send(&pb.CallEvent{Event: &pb.CallEvent_Log{Log: valid(text)}})
}

// Progress sends text that replaces the one before.
func (r *reporter) Progress(text string) {
	r.send(&pb.CallEvent{Event: &pb.CallEvent_Progress{Progress: valid(text)}})
}

// send drops what comes after the result, and what a broken stream cannot take: the engine is then gone.
func (r *reporter) send(ev *pb.CallEvent) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.ended {
		_ = r.stream.Send(ev)
	}
}

func (r *reporter) end(ev *pb.CallEvent) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	return r.stream.Send(ev)
}

// valid makes text fit for one message.
func valid(text string) string {
	const most = 64 << 10
	if len(text) > most {
		text = text[:most] + " (cut)"
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}
