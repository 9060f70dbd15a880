package catalog

import (
	"context"
	"fmt"
	"io"
	"sync"

	"google.golang.org/grpc"

	"github.com/muster-run/muster/plugins/internal/pb"
	"github.com/muster-run/muster/plugins/internal/wire"
	"github.com/muster-run/muster/plugins/sdk"
)

// shellBook remembers which process of a plugin used which generation of a shell. A kept shell stands where the last
// module left it, and only the process that was there knows where that is.
type shellBook struct {
	mu   sync.Mutex
	used map[[2]string]shellUse
}

type shellUse struct {
	generation uint64
	epoch      int
}

// inherited notes the use and reports whether an earlier process had this generation.
func (b *shellBook) inherited(host, name string, use shellUse) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.used == nil {
		b.used = map[[2]string]shellUse{}
	}
	key := [2]string{host, name}
	old, known := b.used[key]
	b.used[key] = use
	return known && old.generation == use.generation && old.epoch != use.epoch
}

type shellStream = grpc.BidiStreamingServer[pb.ShellRequest, pb.ShellResponse]

// Shell holds a shell for one call.
func (c *connection) Shell(st shellStream) error {
	first, err := st.Recv()
	if err != nil {
		return err
	}
	open := first.GetOpen()
	err = c.under(st.Context(), open.GetGrant(), nil, func(ctx context.Context, n *grant) error {
		sh, err := c.openShell(ctx, n.conn, open)
		if err != nil {
			return err
		}
		t := &talk{shell: sh, stream: st, grant: n, output: make(chan *pb.ShellResponse, 1)}
		return t.run(ctx)
	})
	if err == nil {
		return nil
	}
	return st.Send(&pb.ShellResponse{Response: &pb.ShellResponse_Ended{Ended: wire.EncodeError(err)}})
}

func (c *connection) openShell(ctx context.Context, conn sdk.Conn, open *pb.ShellRequest_Open) (sdk.Shell, error) {
	name, host := open.GetName(), open.GetGrant().GetHost()
	sh, err := conn.Shell(ctx, name)
	if err != nil {
		return nil, err
	}
	if !c.shells.inherited(host, name, shellUse{sh.Generation(), c.epoch}) {
		return sh, nil
	}
	sh.Discard()
	if err := sh.Close(); err != nil {
		return nil, err
	}
	if sh, err = conn.Shell(ctx, name); err != nil {
		return nil, err
	}
	c.shells.inherited(host, name, shellUse{sh.Generation(), c.epoch})
	return sh, nil
}

// talk is the conversation between one call and its shell. Only run writes to the stream.
type talk struct {
	shell  sdk.Shell
	stream shellStream
	grant  *grant
	output chan *pb.ShellResponse // what Receive gave: at most one is outstanding
	asked  bool
}

// run passes requests on until the module gives the shell back. A shell that is not given back in order is discarded:
// nobody knows what was said last.
func (t *talk) run(ctx context.Context) error {
	receiving, stop := context.WithCancel(ctx)
	var reader sync.WaitGroup
	inOrder := false
	defer func() {
		stop()
		reader.Wait()
		if !inOrder {
			t.shell.Discard()
			_ = t.shell.Close()
		}
	}()
	opened := &pb.ShellResponse_Opened{Generation: t.shell.Generation()}
	if err := t.stream.Send(&pb.ShellResponse{Response: &pb.ShellResponse_Opened_{Opened: opened}}); err != nil {
		return nil // the plugin is gone
	}
	requests := t.requests(ctx)
	for {
		var answer *pb.ShellResponse
		select {
		case <-ctx.Done():
			return nil
		case answer = <-t.output:
			t.asked = false
		case m, ok := <-requests:
			if !ok {
				return nil
			}
			if m.GetDiscard() != nil {
				return nil
			}
			if m.GetClose() != nil {
				stop()
				reader.Wait()
				if inOrder = !t.lost(); !inOrder {
					return nil
				}
				return t.giveBack()
			}
			answer = t.handle(ctx, receiving, m, &reader)
		}
		if answer != nil && t.stream.Send(answer) != nil {
			return nil
		}
	}
}

// requests reads the stream until it ends, which it does when run returns.
func (t *talk) requests(ctx context.Context) <-chan *pb.ShellRequest {
	ch := make(chan *pb.ShellRequest)
	go func() {
		defer close(ch)
		for {
			m, err := t.stream.Recv()
			if err != nil {
				return
			}
			select {
			case ch <- m:
			case <-ctx.Done():
				return
			}
		}
	}()
	return ch
}

func (t *talk) handle(ctx, receiving context.Context, m *pb.ShellRequest, reader *sync.WaitGroup) *pb.ShellResponse {
	switch r := m.GetRequest().(type) {
	case *pb.ShellRequest_SendLine_:
		t.grant.note(r.SendLine.GetOp())
		err := t.shell.SendLine(ctx, line(r.SendLine))
		if r.SendLine.GetReceive() {
			t.receive(receiving, reader)
		}
		return sent(r.SendLine.GetOp(), err)
	case *pb.ShellRequest_Interrupt:
		return sent(r.Interrupt, t.shell.Interrupt(ctx))
	case *pb.ShellRequest_Receive:
		t.receive(receiving, reader)
	}
	return nil
}

// receive waits for the next output, unless somebody waits already: one answer will do.
func (t *talk) receive(ctx context.Context, reader *sync.WaitGroup) {
	if t.asked {
		return
	}
	t.asked = true
	reader.Go(func() { t.output <- received(t.shell.Receive(ctx)) })
}

func line(m *pb.ShellRequest_SendLine) sdk.Line {
	l := sdk.Line{Text: m.GetText(), Effect: wire.DecodeEffect(m.GetOp())}
	if m.GetSecret() != "" {
		l.Secret = &sdk.Handle{ID: m.GetSecret()}
	}
	return l
}

func sent(op *pb.Op, err error) *pb.ShellResponse {
	m := &pb.ShellResponse_Sent{Op: op.GetId(), Error: wire.EncodeError(err)}
	return &pb.ShellResponse{Response: &pb.ShellResponse_Sent_{Sent: m}}
}

func received(b []byte, err error) *pb.ShellResponse {
	if err != nil {
		return &pb.ShellResponse{Response: &pb.ShellResponse_Ended{Ended: wire.EncodeError(err)}}
	}
	return &pb.ShellResponse{Response: &pb.ShellResponse_Output{Output: b}}
}

// lost reports whether output was taken from the shell that the module did not wait for.
func (t *talk) lost() bool {
	select {
	case m := <-t.output:
		return m.GetOutput() != nil
	default:
		return false
	}
}

func (t *talk) giveBack() error {
	if err := t.shell.Close(); err != nil && err != io.EOF {
		return fmt.Errorf("give back the shell: %w", err)
	}
	_ = t.stream.Send(&pb.ShellResponse{Response: &pb.ShellResponse_Closed{Closed: &pb.Done{}}})
	return nil
}
