package transporttest

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// Pipe returns the two ends of a connection in memory. Unlike net.Pipe it has a buffer without bounds, because in SSH
// both sides speak first; unlike a socket it can be waited for inside a testing/synctest bubble.
func Pipe() (client, server net.Conn) {
	up, down := newStream(), newStream()
	return &end{in: down, out: up}, &end{in: up, out: down}
}

// stream is one direction: bytes in the order they were written.
type stream struct {
	mu     sync.Mutex
	more   *sync.Cond
	buf    []byte
	err    error // for the reader, once buf is empty
	broken bool  // for the writer
}

func newStream() *stream {
	s := &stream{}
	s.more = sync.NewCond(&s.mu)
	return s
}

func (s *stream) read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.buf) == 0 && s.err == nil {
		s.more.Wait()
	}
	if len(s.buf) == 0 {
		return 0, s.err
	}
	n := copy(p, s.buf)
	s.buf = s.buf[n:]
	return n, nil
}

func (s *stream) write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken {
		return 0, syscall.EPIPE
	}
	s.buf = append(s.buf, p...)
	s.more.Broadcast()
	return len(p), nil
}

func (s *stream) end(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = true
	if s.err == nil {
		s.err = err
	}
	s.more.Broadcast()
}

type end struct{ in, out *stream }

func (e *end) Read(p []byte) (int, error)  { return e.in.read(p) }
func (e *end) Write(p []byte) (int, error) { return e.out.write(p) }

func (e *end) Close() error {
	e.out.end(io.EOF)
	e.in.end(net.ErrClosed)
	return nil
}

func (e *end) LocalAddr() net.Addr  { return pipeAddr }
func (e *end) RemoteAddr() net.Addr { return pipeAddr }

// pipeAddr is an address that no socket is bound to.
var pipeAddr = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 22}

func (e *end) SetDeadline(time.Time) error      { return os.ErrNoDeadline }
func (e *end) SetReadDeadline(time.Time) error  { return os.ErrNoDeadline }
func (e *end) SetWriteDeadline(time.Time) error { return os.ErrNoDeadline }
