package catalog

import (
	"context"
	"crypto/tls"
	"os"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/muster-run/muster/plugins/internal/pb"
)

// attacher is the go-plugin side of a link; attachment is what it dispenses.
type attacher struct {
	plugin.NetRPCUnsupportedPlugin
	plugin.GRPCPlugin
}

type attachment struct {
	conn   *grpc.ClientConn
	broker *plugin.GRPCBroker
}

// GRPCClient hands the connection over.
func (attacher) GRPCClient(_ context.Context, broker *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return &attachment{conn: conn, broker: broker}, nil
}

// offer serves Connection over the broker and returns its id. The listener is there, and the plugin has been told, when
// it returns.
func (a *attachment) offer(l *link, shells *shellBook, epoch int, identity *tls.Config) (uint32, *grpc.Server, error) {
	id := a.broker.NextId()
	listener, err := a.broker.Accept(id)
	if err != nil {
		return 0, nil, err
	}
	s := grpc.NewServer(grpc.Creds(credentials.NewTLS(identity)), grpc.MaxRecvMsgSize(pb.MaxMessage))
	register(s, l, shells, epoch)
	go func() { _ = s.Serve(listener) }() // ends with Stop
	return id, s, nil
}

// workspace is the directory in which each process gets one of its own.
func (c *Catalog) workspace() (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return "", ErrClosed
	}
	if c.dir != "" {
		return c.dir, nil
	}
	dir, err := os.MkdirTemp(base(), "muster")
	c.dir = dir
	return dir, err
}

// base is where temporary directories go. The path of a unix socket has about a hundred bytes, of which our names take
// half.
func base() string {
	const most = 45
	if dir := os.TempDir(); len(dir) <= most {
		return dir
	}
	return "/tmp"
}
