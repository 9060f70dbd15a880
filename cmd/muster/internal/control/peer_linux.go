package control

import (
	"errors"
	"net"
	"os"
	"syscall"
)

// samePeer refuses another user's process. The directory keeps others out already; this holds when its mode was changed.
func samePeer(conn *net.UnixConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var peer *syscall.Ucred
	var failed error
	if err := raw.Control(func(fd uintptr) {
		peer, failed = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	}); err != nil {
		return err
	}
	switch {
	case failed != nil:
		return failed
	case int(peer.Uid) != os.Getuid():
		return errors.New("the process at the other end is another user's")
	}
	return nil
}
