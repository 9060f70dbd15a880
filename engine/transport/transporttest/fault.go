package transporttest

import (
	"math/rand/v2"
	"net"
	"sync"
	"syscall"
	"time"
)

// Fault goes wrong on command on the connections it wraps. The zero value lets everything pass.
type Fault struct {
	mu      sync.Mutex
	sent    int64 // bytes that passed towards the host since CutAfter
	cut     int64 // after that many the connection is reset; negative: never
	armed   bool
	got     int64 // bytes that passed from the host
	silence int64 // after that many nothing passes any more, either way; see Stall
	stalled bool
	delay   func() time.Duration
}

// Wrap puts a connection under the fault.
func (f *Fault) Wrap(c net.Conn) net.Conn {
	return &faulty{Conn: c, fault: f, gone: make(chan struct{})}
}

// CutAfter resets the connection when n more bytes were sent to the host: those arrive, the rest does not.
func (f *Fault) CutAfter(n int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.armed, f.sent, f.cut = true, 0, n
}

// Sent is how many bytes were sent since CutAfter.
func (f *Fault) Sent() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.sent
}

// StallAfter makes the host fall silent when n more bytes came from it: what is sent is lost, nothing comes, and nobody
// is told.
func (f *Fault) StallAfter(n int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stalled, f.got, f.silence = true, 0, n
}

// Received is how many bytes came from the host since StallAfter.
func (f *Fault) Received() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.got
}

// Delay makes each read wait up to most, the same way for the same seed.
func (f *Fault) Delay(seed uint64, most time.Duration) {
	random := rand.New(rand.NewPCG(seed, 0))
	f.mu.Lock()
	defer f.mu.Unlock()
	f.delay = func() time.Duration { return time.Duration(random.Int64N(int64(most))) }
}

// faulty is a connection under a Fault.
type faulty struct {
	net.Conn
	fault *Fault
	once  sync.Once
	gone  chan struct{}
}

func (c *faulty) Close() error {
	c.once.Do(func() { close(c.gone) })
	return c.Conn.Close()
}

func (c *faulty) reset() {
	if t, ok := c.Conn.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	_ = c.Close()
}

func (c *faulty) Write(p []byte) (int, error) {
	pass, lost, cut := c.fault.onWrite(len(p))
	if lost {
		return len(p), nil
	}
	n, err := c.Conn.Write(p[:pass])
	if cut {
		c.reset()
		return n, syscall.ECONNRESET
	}
	return n, err
}

func (f *Fault) onWrite(n int) (pass int, lost, cut bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stalled && f.got >= f.silence {
		return 0, true, false
	}
	if f.armed && f.sent+int64(n) > f.cut {
		n, cut = int(max(0, f.cut-f.sent)), true
	}
	f.sent += int64(n)
	return n, false, cut
}

func (c *faulty) Read(p []byte) (int, error) {
	room, wait, silent := c.fault.beforeRead(len(p))
	if silent {
		<-c.gone
		return 0, net.ErrClosed
	}
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-c.gone:
		}
	}
	n, err := c.Conn.Read(p[:room])
	if c.fault.onRead(n) { // it fell silent while we waited: what came is lost
		<-c.gone
		return 0, net.ErrClosed
	}
	return n, err
}

func (f *Fault) beforeRead(n int) (room int, wait time.Duration, silent bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stalled {
		if f.got >= f.silence {
			return 0, 0, true
		}
		n = int(min(int64(n), f.silence-f.got))
	}
	if f.delay != nil {
		wait = f.delay()
	}
	return n, wait, false
}

// onRead reports whether bytes that were read must not be seen.
func (f *Fault) onRead(n int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stalled && f.got >= f.silence {
		return true
	}
	f.got += int64(n)
	return false
}
