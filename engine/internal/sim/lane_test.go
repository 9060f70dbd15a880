package sim

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// lane is one direction of a connection: bytes in the order they were written, each chunk not before its time. The order is
// the queue's, never that of timers: timers that are due at the same instant fire in any order.
type lane struct {
	mu     sync.Mutex
	queue  []chunk
	change chan struct{} // closed and replaced when anything changes
	delay  func(bytes int) time.Duration
	passed int64 // bytes written so far
	held   bool  // nothing arrives for now
	lost   bool  // what is written vanishes, and nobody is told
	err    error // for the reader, once the queue is empty
	gone   error // for the writer
}

type chunk struct {
	at    time.Time
	bytes []byte
}

func newLane(delay func(int) time.Duration) *lane {
	return &lane{change: make(chan struct{}), delay: delay}
}

func (l *lane) changed() {
	close(l.change)
	l.change = make(chan struct{})
}

func (l *lane) write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gone != nil {
		return 0, l.gone
	}
	l.passed += int64(len(p))
	if l.lost {
		return len(p), nil
	}
	at := time.Now().Add(l.delay(len(p)))
	if n := len(l.queue); n > 0 && l.queue[n-1].at.After(at) {
		at = l.queue[n-1].at
	}
	l.queue = append(l.queue, chunk{at, append([]byte(nil), p...)})
	l.changed()
	return len(p), nil
}

func (l *lane) read(p []byte) (int, error) {
	for {
		n, wait, change, err := l.take(p)
		if n > 0 || err != nil {
			return n, err
		}
		if wait <= 0 {
			<-change
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-change:
		}
		timer.Stop()
	}
}

// take gives what has arrived, or how long until the next chunk does: 0 when nobody knows.
func (l *lane) take(p []byte) (n int, wait time.Duration, change <-chan struct{}, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.held || l.lost && l.err == nil:
		return 0, 0, l.change, nil
	case len(l.queue) == 0:
		return 0, 0, l.change, l.err
	}
	if wait := time.Until(l.queue[0].at); wait > 0 {
		return 0, wait, l.change, nil
	}
	n = copy(p, l.queue[0].bytes)
	if l.queue[0].bytes = l.queue[0].bytes[n:]; len(l.queue[0].bytes) == 0 {
		l.queue = l.queue[1:]
	}
	return n, 0, nil, nil
}

// end closes the lane in order: what was written still arrives, unless the network holds it back just now. The writer's
// machine then gives it up.
func (l *lane) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gone == nil {
		l.gone = net.ErrClosed
	}
	if l.err == nil {
		l.err = io.EOF
	}
	if l.held {
		l.queue = nil
	}
	l.changed()
}

// reset ends the lane at once: what is under way is lost.
func (l *lane) reset(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queue, l.held = nil, false
	if l.gone == nil {
		l.gone = syscall.EPIPE
	}
	if l.err == nil || l.err == io.EOF {
		l.err = err
	}
	l.changed()
}

func (l *lane) set(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
	l.changed()
}

// socket is one end of a connection.
type socket struct {
	in, out *lane
	wrote   func(total int64) // called before each write takes effect with what will have passed
}

func (s *socket) Read(p []byte) (int, error) { return s.in.read(p) }

func (s *socket) Write(p []byte) (int, error) {
	if s.wrote != nil {
		s.wrote(int64(len(p)))
	}
	return s.out.write(p)
}

func (s *socket) Close() error {
	s.out.end()
	s.in.reset(net.ErrClosed)
	return nil
}

var nowhere = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 22}

func (s *socket) LocalAddr() net.Addr              { return nowhere }
func (s *socket) RemoteAddr() net.Addr             { return nowhere }
func (s *socket) SetDeadline(time.Time) error      { return os.ErrNoDeadline }
func (s *socket) SetReadDeadline(time.Time) error  { return os.ErrNoDeadline }
func (s *socket) SetWriteDeadline(time.Time) error { return os.ErrNoDeadline }
