package ssh

import (
	"context"
	"net"
)

// Dial opens a TCP connection from the host to address, through a direct-tcpip channel. The net.Conn has no deadlines,
// as the library's channels have none: close it to end its reads.
func (c *conn) Dial(ctx context.Context, address string) (net.Conn, error) {
	n, err := await(ctx, c, func() (net.Conn, error) { return c.client.Dial("tcp", address) },
		func(n net.Conn) { _ = n.Close() })
	return n, c.explain(ctx, "dial "+address, err)
}
