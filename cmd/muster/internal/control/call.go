package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"
)

// ErrNobody says that no process listens on a socket: it has ended, or was killed.
var ErrNobody = errors.New("no process answers there")

// Call asks the process that listens on path. The error is ErrNobody where there is none; a refusal is an Answer.
func Call(ctx context.Context, path string, r Request) (Answer, error) {
	r.Version = Version
	line, err := json.Marshal(r)
	if err != nil {
		return Answer{}, err
	}
	if len(line) >= maxLine {
		return Answer{}, errLong
	}
	ctx, cancel := context.WithTimeout(ctx, askWithin+answerWithin+askWithin)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	if err != nil {
		return Answer{}, absent(err)
	}
	defer conn.Close()
	release := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer release()
	if err := samePeer(conn.(*net.UnixConn)); err != nil {
		return Answer{}, err
	}
	if _, err := conn.Write(append(line, '\n')); err != nil {
		return Answer{}, absent(err)
	}
	line, err = readLine(conn)
	if err != nil {
		return Answer{}, fmt.Errorf("the process that was asked gives no answer: %w", err)
	}
	var a Answer
	if err := json.Unmarshal(line, &a); err != nil {
		return Answer{}, errors.New("the process that was asked gives an answer that cannot be read")
	}
	return a, nil
}

// absent tells a process that is gone from other trouble.
func absent(err error) error {
	for _, gone := range []error{os.ErrNotExist, syscall.ECONNREFUSED, syscall.EPIPE, syscall.ECONNRESET} {
		if errors.Is(err, gone) {
			return ErrNobody
		}
	}
	return err
}

// dead reports whether nobody listens on a socket.
func dead(path string) bool {
	conn, err := net.DialTimeout("unix", path, askWithin)
	if err == nil {
		conn.Close()
		return false
	}
	return errors.Is(err, syscall.ECONNREFUSED)
}
