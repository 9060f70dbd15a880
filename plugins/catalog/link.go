package catalog

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"

	"github.com/muster-run/muster/plugins/internal/pb"
	"github.com/muster-run/muster/plugins/sdk"
)

// link is a connection to something that serves modules: one process of a plugin.
type link struct {
	client pb.ModuleClient
	grants *grants
	grace  time.Duration
	calls  atomic.Uint64
	kill   func(why string) // ends what is on the other side
	dead   <-chan struct{}  // closed when it has ended
	why    func() string    // then: how
}

// source is where a proxy finds a live link: an entry, or one that never changes.
type source interface {
	plugin() string
	live(ctx context.Context) (*link, error)
	note(line string)
}

func (e *entry) plugin() string   { return e.name }
func (e *entry) note(line string) { e.catalog.note(e.name, line) }

// newModules reads a description and makes a proxy for each module in it.
func newModules(s source, m *pb.DescribeResponse) (*modules, error) {
	out := &modules{byName: map[string]sdk.Module{}}
	for _, d := range m.GetModules() {
		mod, err := newProxy(s, d)
		if err != nil {
			return nil, err
		}
		name := mod.Describe().Name
		if out.byName[name] != nil {
			return nil, fmt.Errorf("it offers two modules called %s", name)
		}
		out.byName[name] = mod
		out.names = append(out.names, name)
	}
	if len(out.names) == 0 {
		return nil, fmt.Errorf("it offers no modules")
	}
	return out, nil
}

// Attach returns the modules behind a gRPC connection that somebody else made, for tests of the protocol without a
// process. It registers the Connection service on connection, which must not serve yet; serve it before a module is
// called.
func Attach(ctx context.Context, conn *grpc.ClientConn, connection *grpc.Server) ([]sdk.Module, error) {
	s := &attached{link: &link{
		client: pb.NewModuleClient(conn), grants: &grants{}, grace: time.Second, kill: func(string) { conn.Close() },
		why: func() string { return "the connection was closed" },
	}}
	register(connection, s.link, &s.shells, 1)
	m, err := s.link.client.Describe(ctx, &pb.DescribeRequest{})
	if err != nil {
		return nil, fmt.Errorf("describe: %w", err)
	}
	mods, err := newModules(s, m)
	if err != nil {
		return nil, err
	}
	var out []sdk.Module
	for _, name := range mods.names {
		out = append(out, mods.byName[name])
	}
	return out, nil
}

type attached struct {
	*link
	shells shellBook
}

func (a *attached) plugin() string                      { return "attached" }
func (a *attached) live(context.Context) (*link, error) { return a.link, nil }
func (a *attached) note(string)                         {}

func register(on *grpc.Server, l *link, shells *shellBook, epoch int) {
	pb.RegisterConnectionServer(on, &connection{grants: l.grants, shells: shells, epoch: epoch})
}
