//go:build !linux

package control

import "net"

// samePeer leaves it to the directory's mode who may connect.
func samePeer(*net.UnixConn) error { return nil }
