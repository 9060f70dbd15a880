package serve

import (
	"context"
	"errors"
	"io"

	"github.com/muster-run/muster/plugins/internal/pb"
	"github.com/muster-run/muster/plugins/internal/wire"
	"github.com/muster-run/muster/plugins/sdk"
)

// Shell opens the stream and waits until the engine has the shell.
func (c *conn) Shell(ctx context.Context, name string) (sdk.Shell, error) {
	if err := c.over(); err != nil {
		return nil, err
	}
	life, cancel := context.WithCancel(c.life)
	stop := context.AfterFunc(ctx, cancel) // ctx bounds the opening only
	st, err := c.engine.Shell(life)
	if err == nil {
		open := &pb.ShellRequest_Open{Grant: c.grant, Name: name}
		err = st.Send(&pb.ShellRequest{Request: &pb.ShellRequest_Open_{Open: open}})
	}
	var first *pb.ShellResponse
	if err == nil || err == io.EOF {
		first, err = st.Recv()
	}
	if err == nil && first.GetOpened() == nil {
		err = wire.DecodeError(first.GetEnded())
		if err == nil {
			err = errors.New("the engine answered a shell's opening with something else")
		}
		cancel()
		return nil, err
	}
	if err != nil || !stop() {
		cancel()
		return nil, either(ctx, errors.Join(err, ctx.Err()), nil)
	}
	generation := first.GetOpened().GetGeneration()
	s := &shell{
		conn: c, stream: st, cancel: cancel, generation: generation,
		memory: c.memories.of(c.grant.Host, name, generation), waiting: map[uint64]chan error{},
		output: make(chan *pb.ShellResponse, 1), done: make(chan struct{}),
	}
	go s.read()
	return s, nil
}
