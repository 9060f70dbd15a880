package serve

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"unicode/utf8"

	"github.com/muster-run/muster/plugins/internal/pb"
	"github.com/muster-run/muster/plugins/internal/wire"
	"github.com/muster-run/muster/plugins/sdk"
)

var (
	errNotText = errors.New("line is not valid UTF-8; nothing was sent")
	errGone    = errors.New("the connection to the engine is gone")
)

// shell is an sdk.Shell over one stream to the engine. A goroutine reads the stream and hands answers to whoever waits.
type shell struct {
	conn       *conn
	stream     pb.Connection_ShellClient
	cancel     context.CancelFunc
	generation uint64
	memory     *sdk.Memory

	mu      sync.Mutex // sends, and the fields below
	waiting map[uint64]chan error
	asked   bool // a receive is outstanding
	early   bool // a line was typed, and Receive was not called since
	closed  bool

	output chan *pb.ShellResponse // answers to receive: at most one
	done   chan struct{}          // the stream has ended; err says how
	err    error
	ended  error // what Receive keeps returning once the shell has ended
}

func (s *shell) read() {
	defer close(s.done)
	for {
		m, err := s.stream.Recv()
		if err != nil {
			s.err = err
			return
		}
		switch r := m.GetResponse().(type) {
		case *pb.ShellResponse_Sent_:
			s.acknowledge(r.Sent)
		case *pb.ShellResponse_Output, *pb.ShellResponse_Ended:
			select {
			case s.output <- m:
			default: // not asked for: the engine is not ours
			}
		}
	}
}

func (s *shell) acknowledge(m *pb.ShellResponse_Sent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w := s.waiting[m.GetOp()]; w != nil {
		delete(s.waiting, m.GetOp())
		w <- wire.DecodeError(m.GetError())
	}
}

// Generation tells how often the engine had to open this shell.
func (s *shell) Generation() uint64 { return s.generation }

// Memory is kept for this host, shell and generation.
func (s *shell) Memory() *sdk.Memory { return s.memory }

// SendLine has the engine type a line.
func (s *shell) SendLine(ctx context.Context, line sdk.Line) error {
	if !utf8.ValidString(line.Text) {
		return errNotText
	}
	op := s.conn.op(line.Effect)
	m := &pb.ShellRequest_SendLine{Op: op, Line: &pb.ShellRequest_SendLine_Text{Text: line.Text}}
	if line.Secret != nil {
		m.Line = &pb.ShellRequest_SendLine_Secret{Secret: line.Secret.ID}
	}
	return s.typed(ctx, op.Id, &pb.ShellRequest{Request: &pb.ShellRequest_SendLine_{SendLine: m}}, func() {
		m.Receive = !s.asked // an answer is expected: asking at once saves a round trip
		s.asked, s.early = true, true
	})
}

// Interrupt has the engine type Ctrl-C.
func (s *shell) Interrupt(ctx context.Context) error {
	op := s.conn.op(sdk.Read)
	return s.typed(ctx, op.Id, &pb.ShellRequest{Request: &pb.ShellRequest_Interrupt{Interrupt: op}}, func() {})
}

// typed sends a request, after a last change to it under the lock, and waits until the engine has typed it.
func (s *shell) typed(ctx context.Context, op uint64, m *pb.ShellRequest, last func()) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	answer := make(chan error, 1)
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return net.ErrClosed
	}
	s.waiting[op] = answer
	last()
	err := s.stream.Send(m)
	s.mu.Unlock()
	if err != nil && err != io.EOF {
		return errGone
	}
	select {
	case err := <-answer:
		return err
	case <-s.done:
		return s.gone()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// gone is the error of a stream that ended under us.
func (s *shell) gone() error {
	if s.err == nil || s.err == io.EOF {
		return io.EOF
	}
	return either(s.conn.life, s.err, nil)
}

// Receive asks for output, unless a request of before is still open, and waits for it.
func (s *shell) Receive(ctx context.Context) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := s.ask(); err != nil {
		return nil, err
	}
	select {
	case m := <-s.output:
		return s.received(m)
	case <-s.done:
		select {
		case m := <-s.output: // it came just before the end
			return s.received(m)
		default:
			return nil, s.gone()
		}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *shell) ask() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.early = false
	switch {
	case s.ended != nil:
		return s.ended
	case s.closed:
		return net.ErrClosed
	case s.asked:
		return nil
	}
	s.asked = true
	if err := s.stream.Send(&pb.ShellRequest{Request: &pb.ShellRequest_Receive{Receive: &pb.Done{}}}); err != nil && err != io.EOF {
		return errGone
	}
	return nil
}

func (s *shell) received(m *pb.ShellResponse) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = false
	if e := m.GetEnded(); e != nil {
		s.ended = wire.DecodeError(e)
		return nil, s.ended
	}
	return m.GetOutput(), nil
}

// Discard has the engine close the shell.
func (s *shell) Discard() {
	_ = s.leave(&pb.ShellRequest{Request: &pb.ShellRequest_Discard{Discard: &pb.Done{}}})
}

// Close gives the shell back and waits until the engine has it. A shell whose last answer nobody read is discarded: the
// next module would take that answer for its own.
func (s *shell) Close() error {
	return s.leave(&pb.ShellRequest{Request: &pb.ShellRequest_Close{Close: &pb.Done{}}})
}

func (s *shell) leave(m *pb.ShellRequest) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	if s.early {
		m = &pb.ShellRequest{Request: &pb.ShellRequest_Discard{Discard: &pb.Done{}}}
	}
	err := s.stream.Send(m)
	if err == nil {
		err = s.stream.CloseSend()
	}
	s.mu.Unlock()
	<-s.done
	s.cancel()
	if err == io.EOF || s.err == io.EOF {
		return nil
	}
	if err == nil {
		err = s.err
	}
	return either(s.conn.life, err, nil)
}
