package catalog

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/muster-run/muster/plugins/internal/pb"
	"github.com/muster-run/muster/plugins/internal/wire"
	"github.com/muster-run/muster/plugins/sdk"
)

// maxReport bounds what one call may log.
const maxReport = 1 << 20

type rpc func(pb.ModuleClient, context.Context, *pb.CallRequest, ...grpc.CallOption) (grpc.ServerStreamingClient[pb.CallEvent], error)

// outcome is the end of a call: its last event, or why there is none.
type outcome struct {
	event *pb.CallEvent
	err   error // of the RPC
}

// call runs one call on the plugin and returns its result event. It returns when the call has ended, or at most twice the
// grace after ctx has.
func (p *proxy) call(ctx context.Context, req *sdk.Request, payload *sdk.Payload, method rpc) (*pb.CallEvent, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l, err := p.source.live(ctx)
	if err != nil {
		return nil, err
	}
	g := l.grants.give(ctx, req.Host.Name, req.Conn)
	defer l.grants.end(g)
	m, err := p.request(ctx, l, g, req, payload)
	if err != nil {
		return nil, err
	}
	rpcCtx, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	ended := make(chan outcome, 1)
	go func() { ended <- follow(rpcCtx, l, m, method, req.Report) }()
	select {
	case o := <-ended:
		return p.result(l, g, o)
	case <-ctx.Done():
	}
	if o, ok := p.settle(ctx, l, m.Call, ended); ok {
		return p.result(l, g, o)
	}
	stop()
	<-ended // nothing is reported after the return
	return nil, p.abandoned(ctx, g)
}

func (p *proxy) request(ctx context.Context, l *link, g *grant, req *sdk.Request, payload *sdk.Payload) (*pb.CallRequest, error) {
	c := wire.Call{ID: strconv.FormatUint(l.calls.Add(1), 10), Grant: g.id}
	if d, ok := ctx.Deadline(); ok {
		c.Left = max(time.Until(d), time.Millisecond)
	}
	m, err := p.shape.EncodeCall(req, c)
	if err == nil && payload != nil {
		m.Payload, err = p.shape.EncodePayload(payload)
	}
	return m, err
}

// follow makes the RPC and passes its reports on until the result.
func follow(ctx context.Context, l *link, m *pb.CallRequest, method rpc, report sdk.Reporter) outcome {
	st, err := method(l.client, ctx, m)
	if err != nil {
		return outcome{err: err}
	}
	said := 0
	for {
		ev, err := st.Recv()
		if err != nil {
			return outcome{err: err}
		}
		switch e := ev.GetEvent().(type) {
		case *pb.CallEvent_Log:
			before := said
			if said += len(e.Log) + 1; said <= maxReport {
				report.Log(e.Log)
			} else if before <= maxReport {
				report.Log(fmt.Sprintf("(more than %d MiB logged; the rest is dropped)", maxReport>>20))
			}
		case *pb.CallEvent_Progress:
			report.Progress(e.Progress)
		case nil: // of a later minor version
		default:
			return outcome{event: ev}
		}
	}
}

// settle gives a call whose context has ended the time to end in its own words, and asks it to. The plugin knows the
// deadline and needs no telling at first; where it does not even answer the telling, it is killed.
func (p *proxy) settle(ctx context.Context, l *link, call string, ended <-chan outcome) (outcome, bool) {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		if o, ok := wait(ended, l.grace/2); ok {
			return o, true
		}
	}
	told := make(chan error, 1)
	go func() {
		ctx, done := context.WithTimeout(context.WithoutCancel(ctx), l.grace)
		defer done()
		_, err := l.client.Cancel(ctx, &pb.CancelRequest{Call: call})
		told <- err
	}()
	if o, ok := wait(ended, l.grace); ok {
		return o, true
	}
	if err := <-told; status.Code(err) == codes.DeadlineExceeded {
		l.kill("it did not answer when a call was cancelled")
	} else {
		p.source.note(fmt.Sprintf("module %s goes on although its call was cancelled; it can no longer reach a host", p.description.Name))
	}
	return outcome{}, false
}

func wait(ended <-chan outcome, d time.Duration) (outcome, bool) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case o := <-ended:
		return o, true
	case <-timer.C:
		return outcome{}, false
	}
}

// result turns a call's end into its event or the error to return.
func (p *proxy) result(l *link, g *grant, o outcome) (*pb.CallEvent, error) {
	if o.err != nil {
		return nil, p.broken(l, g, o.err)
	}
	if e := o.event.GetError(); e != nil {
		return nil, wire.DecodeError(e)
	}
	return o.event, nil
}

// validate is the one call that is no stream: no host, no grant.
func (p *proxy) validate(ctx context.Context, req *sdk.Request) ([]sdk.Problem, error) {
	l, err := p.source.live(ctx)
	if err != nil {
		return nil, err
	}
	none := &grant{}
	m, err := p.request(ctx, l, none, req, nil)
	if err != nil {
		return nil, err
	}
	r, err := l.client.Validate(ctx, m)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, p.broken(l, none, err)
	case r.GetError() != nil:
		return nil, wire.DecodeError(r.GetError())
	}
	return wire.DecodeProblems(r.GetProblems()), nil
}
