package control

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const (
	askWithin    = 5 * time.Second  // how long a client may take for its line, and for reading the answer
	answerWithin = 20 * time.Second // how long a verb may take
	mostClients  = 8
)

// Server is the socket of a process that can be steered. It goes away with Close, and with the process.
type Server struct {
	path   string
	listen *net.UnixListener
	handle func(context.Context, Request) Answer
	stop   context.CancelFunc
	group  sync.WaitGroup
	ask    time.Duration
}

// Listen opens a socket of its own in dir (see Dir) and calls handle for every request that can be understood, from
// several goroutines; its context ends after 20 s, or with Close. What handle leaves unanswered by then is refused.
func Listen(dir string, handle func(context.Context, Request) Answer) (*Server, error) {
	return listen(dir, handle, askWithin)
}

func listen(dir string, handle func(context.Context, Request) Answer, ask time.Duration) (*Server, error) {
	sweep(dir, time.Now())
	path := filepath.Join(dir, name())
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("cannot listen for commands of other terminals: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return nil, fmt.Errorf("cannot listen for commands of other terminals: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Server{path: path, listen: l, handle: handle, stop: stop, ask: ask}
	s.group.Add(1)
	go s.accept(ctx)
	return s, nil
}

// Path is where the socket is.
func (s *Server) Path() string { return s.path }

// Close removes the socket and returns when no request is under way any more.
func (s *Server) Close() error {
	s.stop()
	err := s.listen.Close() // removes the file, too
	s.group.Wait()
	return err
}

func (s *Server) accept(ctx context.Context) {
	defer s.group.Done()
	places := make(chan struct{}, mostClients)
	for {
		conn, err := s.listen.AcceptUnix()
		if errors.Is(err, net.ErrClosed) || ctx.Err() != nil {
			if err == nil {
				conn.Close()
			}
			return
		}
		if err != nil {
			continue // one client's trouble; those that follow have none of it
		}
		places <- struct{}{} // a client holds its place for seconds at most
		s.group.Add(1)
		go func() {
			defer func() { <-places; s.group.Done() }()
			s.serve(ctx, conn)
		}()
	}
}

// serve answers one request.
func (s *Server) serve(ctx context.Context, conn *net.UnixConn) {
	defer conn.Close()
	release := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }) // Close waits for nobody's line
	defer release()
	_ = conn.SetDeadline(time.Now().Add(s.ask)) // a connection without deadlines would fail to read, too
	answer := s.request(ctx, conn)
	if ctx.Err() == nil {
		_ = conn.SetDeadline(time.Now().Add(s.ask))
	}
	line, err := json.Marshal(answer)
	if err != nil {
		return
	}
	_, _ = conn.Write(append(line, '\n')) // a client that has gone wants no answer
}

func (s *Server) request(ctx context.Context, conn *net.UnixConn) Answer {
	if err := samePeer(conn); err != nil {
		return Refused("%v", err)
	}
	line, err := readLine(conn)
	if err != nil {
		return Refused("%v", err)
	}
	r, err := parse(line)
	if err != nil {
		return Refused("%v", err)
	}
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	return s.handle(ctx, r)
}

var errLong = fmt.Errorf("the line is longer than %d bytes", maxLine)

// readLine reads up to the first newline and no more than is allowed.
func readLine(r io.Reader) ([]byte, error) {
	line, err := bufio.NewReaderSize(io.LimitReader(r, maxLine), maxLine).ReadSlice('\n')
	switch {
	case err == nil:
		return bytes.TrimSpace(line), nil
	case len(line) == maxLine:
		return nil, errLong
	case errors.Is(err, io.EOF):
		return nil, errors.New("the line has no end")
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, errors.New("the line did not come in time")
	}
	return nil, err
}
