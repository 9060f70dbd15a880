package serve

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/muster-run/muster/plugins/internal/pb"
	"github.com/muster-run/muster/plugins/internal/wire"
	"github.com/muster-run/muster/plugins/sdk"
)

// server is the Module service: it finds the module that a call names and runs it.
type server struct {
	pb.UnimplementedModuleServer
	modules map[string]*served
	order   []*served
	dial    func(id uint32) (*grpc.ClientConn, error)
	calls   calls
	shells  memories

	connect sync.Mutex
	engine  pb.ConnectionClient
}

// served is one module with what is computed once.
type served struct {
	sdk.Module
	name        string
	shape       *wire.Shape
	description *pb.Description
}

func newServer(modules []sdk.Module) (*server, error) {
	if len(modules) == 0 {
		return nil, fmt.Errorf("serve: no modules")
	}
	s := &server{modules: map[string]*served{}}
	for _, m := range modules {
		one, err := newServed(m)
		if err != nil {
			return nil, fmt.Errorf("serve: %w", err)
		}
		if s.modules[one.name] != nil {
			return nil, fmt.Errorf("serve: two modules are called %s", one.name)
		}
		s.modules[one.name] = one
		s.order = append(s.order, one)
	}
	return s, nil
}

func newServed(m sdk.Module) (*served, error) {
	d := m.Describe()
	if err := d.Verify(); err != nil {
		return nil, err
	}
	_, validates := m.(sdk.Validator)
	_, fansOut := m.(sdk.FanOut)
	description, err := wire.EncodeDescription(d, wire.Abilities{Validates: validates, FansOut: fansOut})
	if err != nil {
		return nil, err
	}
	return &served{Module: m, name: d.Name, shape: wire.NewShape(d), description: description}, nil
}

// Describe connects to the engine's Connection service, once, and tells what is served.
func (s *server) Describe(_ context.Context, req *pb.DescribeRequest) (*pb.DescribeResponse, error) {
	s.connect.Lock()
	defer s.connect.Unlock()
	if s.engine == nil {
		conn, err := s.dial(req.GetConnectionBrokerId())
		if err != nil {
			return nil, status.Errorf(codes.FailedPrecondition, "connect to the engine: %v", err)
		}
		s.engine = pb.NewConnectionClient(conn)
	}
	out := &pb.DescribeResponse{Version: version()}
	for _, m := range s.order {
		out.Modules = append(out.Modules, m.description)
	}
	return out, nil
}

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return ""
}

// Validate judges arguments. It has no Conn.
func (s *server) Validate(ctx context.Context, m *pb.CallRequest) (*pb.ValidateResponse, error) {
	out := &pb.ValidateResponse{}
	err := s.call(ctx, m, silent{}, func(ctx context.Context, mod *served, req *sdk.Request) error {
		v, ok := mod.Module.(sdk.Validator)
		if !ok {
			return fmt.Errorf("module %s does not validate", mod.name)
		}
		req.Conn = nil
		out.Problems = wire.EncodeProblems(v.Validate(ctx, req))
		return nil
	})
	if err != nil {
		return &pb.ValidateResponse{Error: wire.EncodeError(err)}, nil
	}
	return out, nil
}

// silent is a Reporter where there is nobody to tell.
type silent struct{}

func (silent) Log(string)      {}
func (silent) Progress(string) {}

// Cancel ends the context of a running call.
func (s *server) Cancel(_ context.Context, req *pb.CancelRequest) (*pb.CancelResponse, error) {
	s.calls.cancel(req.GetCall())
	return &pb.CancelResponse{}, nil
}
