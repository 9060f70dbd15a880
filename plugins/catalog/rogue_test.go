package catalog_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/muster-run/muster/plugins/catalog"
	"github.com/muster-run/muster/plugins/internal/pb"
	"github.com/muster-run/muster/plugins/sdk"
	"github.com/muster-run/muster/plugins/sdk/sdktest"
)

// rogue is a Module service that was written by hand, to say what serve never would.
type rogue struct {
	pb.UnimplementedModuleServer
	engine pb.ConnectionClient
	apply  func(*rogue, *pb.CallRequest, grpc.ServerStreamingServer[pb.CallEvent]) error
}

func (r *rogue) Describe(context.Context, *pb.DescribeRequest) (*pb.DescribeResponse, error) {
	return &pb.DescribeResponse{Modules: []*pb.Description{{Name: "rogue", Kind: pb.Kind_KIND_ACTION}}}, nil
}

func (r *rogue) Apply(m *pb.CallRequest, st grpc.ServerStreamingServer[pb.CallEvent]) error {
	return r.apply(r, m, st)
}

// attach connects a catalog's proxies to the rogue, without a process.
func attach(t *testing.T, r *rogue) sdk.Module {
	t.Helper()
	dial := func(l *bufconn.Listener) *grpc.ClientConn {
		conn, err := grpc.NewClient("passthrough:///b", grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) }))
		must(t, err)
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	start := func(s *grpc.Server, l *bufconn.Listener) {
		go func() { _ = s.Serve(l) }()
		t.Cleanup(s.Stop)
	}
	there, here := bufconn.Listen(1<<20), bufconn.Listen(1<<20)
	modules, connection := grpc.NewServer(), grpc.NewServer()
	pb.RegisterModuleServer(modules, r)
	start(modules, there)
	r.engine = pb.NewConnectionClient(dial(here))
	got, err := catalog.Attach(t.Context(), dial(there), connection)
	must(t, err)
	start(connection, here)
	return got[0]
}

func ask(t *testing.T, m sdk.Module, conn sdk.Conn) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, err := m.Apply(ctx, sdktest.Request(t, m.Describe(), conn, nil, nil))
	return err
}

func TestAnswersThatMakeNoSense(t *testing.T) {
	type stream = grpc.ServerStreamingServer[pb.CallEvent]
	applied := &pb.CallEvent{Event: &pb.CallEvent_Apply{Apply: &pb.ApplyResult{Changed: true}}}
	for name, tt := range map[string]struct {
		answer func(st stream) error
		want   string // empty: no error
	}{
		"nothing":      {func(stream) error { return nil }, "ended without a result"},
		"another kind": {func(st stream) error { return st.Send(&pb.CallEvent{Event: &pb.CallEvent_Check{}}) }, "result of the wrong kind"},
		"two results":  {func(st stream) error { return errors.Join(st.Send(applied), st.Send(applied)) }, ""},
		"of tomorrow":  {func(st stream) error { return errors.Join(st.Send(&pb.CallEvent{}), st.Send(applied)) }, ""},
		"status":       {func(stream) error { return errors.New("\x1b[2Jcleared") }, `\u001b[2Jcleared`},
		"garbage as output": {func(st stream) error {
			return st.Send(&pb.CallEvent{Event: &pb.CallEvent_Apply{Apply: &pb.ApplyResult{Outputs: &pb.Value{Msgpack: []byte{0xc1}}}}})
		}, "outputs of module rogue"},
	} {
		t.Run(name, func(t *testing.T) {
			r := &rogue{apply: func(_ *rogue, _ *pb.CallRequest, st stream) error { return tt.answer(st) }}
			err := ask(t, attach(t, r), nil)
			switch {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error()+failureText(err), tt.want)):
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func failureText(err error) string {
	var f *sdk.Failure
	if errors.As(err, &f) {
		return f.Why
	}
	return ""
}

func TestGrantsAreForOneHostOfARunningCall(t *testing.T) {
	conn := sdktest.NewConn(t)
	conn.Commands = map[string]sdk.CommandResult{"id": {Stdout: []byte("root")}}
	r := &rogue{}
	r.apply = func(r *rogue, m *pb.CallRequest, st grpc.ServerStreamingServer[pb.CallEvent]) error {
		ctx, op := st.Context(), &pb.Op{Id: 1, Effect: pb.Effect_EFFECT_READ}
		for name, tt := range map[string]struct {
			grant *pb.Grant
			ok    bool
		}{
			"its own":      {&pb.Grant{Id: m.GetGrant(), Host: "host1"}, true},
			"none":         {nil, false},
			"guessed":      {&pb.Grant{Id: strings.Repeat("0", 32), Host: "host1"}, false},
			"other host":   {&pb.Grant{Id: m.GetGrant(), Host: "host2"}, false},
			"without host": {&pb.Grant{Id: m.GetGrant()}, false},
		} {
			got, err := r.engine.Run(ctx, &pb.RunRequest{Grant: tt.grant, Op: op, Argv: []string{"id"}})
			if err != nil {
				t.Errorf("%s: %v", name, err)
			} else if refused := len(got.GetError().GetCauses()) > 0 && got.Error.Causes[0] == pb.Cause_CAUSE_REFUSED_GRANT; refused == tt.ok {
				t.Errorf("%s: got %v", name, got)
			}
		}
		return st.Send(&pb.CallEvent{Event: &pb.CallEvent_Apply{Apply: &pb.ApplyResult{}}})
	}
	if err := ask(t, attach(t, r), conn); err != nil {
		t.Error(err)
	}
	if n := len(conn.Ops()); n != 1 {
		t.Errorf("%d operations reached the host, want the one that was allowed: %v", n, conn.Ops())
	}
}

func TestPutsThatDoNotAddUp(t *testing.T) {
	type stream = pb.Connection_PutClient
	open := func(m *pb.CallRequest, size int64) *pb.PutRequest {
		return &pb.PutRequest{Request: &pb.PutRequest_Open_{Open: &pb.PutRequest_Open{
			Grant: &pb.Grant{Id: m.GetGrant(), Host: "host1"}, Path: "/tmp/x", Size: size,
		}}}
	}
	chunk := &pb.PutRequest{Request: &pb.PutRequest_Chunk{Chunk: []byte("12345")}}
	for name, tt := range map[string]struct {
		say  func(m *pb.CallRequest, st stream)
		want string
	}{
		"too little": {func(m *pb.CallRequest, st stream) { _ = st.Send(open(m, 10)); _ = st.Send(chunk) }, "5 of 10 bytes arrived"},
		"too much":   {func(m *pb.CallRequest, st stream) { _ = st.Send(open(m, 3)); _ = st.Send(chunk) }, "more than the 3 bytes"},
		"a negative": {func(m *pb.CallRequest, st stream) { _ = st.Send(open(m, -1)) }, "limit of 64 MiB"},
		"a terabyte": {func(m *pb.CallRequest, st stream) { _ = st.Send(open(m, 1<<40)) }, "limit of 64 MiB"},
		"no opening": {func(_ *pb.CallRequest, st stream) { _ = st.Send(chunk) }, "not allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			conn := sdktest.NewConn(t)
			r := &rogue{}
			r.apply = func(r *rogue, m *pb.CallRequest, st grpc.ServerStreamingServer[pb.CallEvent]) error {
				put, err := r.engine.Put(st.Context())
				if err != nil {
					return err
				}
				tt.say(m, put)
				got, err := put.CloseAndRecv()
				if err != nil && err != io.EOF || !strings.Contains(got.GetError().GetText(), tt.want) {
					t.Errorf("got %v %v, want %s", got, err, tt.want)
				}
				return st.Send(&pb.CallEvent{Event: &pb.CallEvent_Apply{Apply: &pb.ApplyResult{}}})
			}
			if err := ask(t, attach(t, r), conn); err != nil {
				t.Error(err)
			}
			if _, there := conn.File("/tmp/x"); there {
				t.Error("something was written")
			}
		})
	}
}

// A plugin that opens streams and says nothing that fits them costs nobody but itself.
func TestStreamsThatMakeNoSense(t *testing.T) {
	conn := sdktest.NewConn(t)
	conn.Devices = map[string]func() sdktest.Device{"cli": sdktest.NewScript(conn, "> ")}
	r := &rogue{}
	r.apply = func(r *rogue, m *pb.CallRequest, st grpc.ServerStreamingServer[pb.CallEvent]) error {
		ctx := st.Context()
		grant := &pb.Grant{Id: m.GetGrant(), Host: "host1"}
		if sh, err := r.engine.Shell(ctx); err == nil {
			_ = sh.Send(&pb.ShellRequest{Request: &pb.ShellRequest_Interrupt{Interrupt: &pb.Op{}}})
			if got, err := sh.Recv(); err != nil || got.GetEnded() == nil {
				t.Errorf("a shell that was not opened: %v %v", got, err)
			}
		}
		if d, err := r.engine.Dial(ctx); err == nil {
			_ = d.Send(&pb.DialRequest{Request: &pb.DialRequest_Open_{Open: &pb.DialRequest_Open{Grant: grant, Port: 1}}})
			if got, err := d.Recv(); err != nil || !strings.Contains(got.GetEnded().GetText(), "unknown place") {
				t.Errorf("a dial from nowhere: %v %v", got, err)
			}
		}
		sh, err := r.engine.Shell(ctx)
		if err != nil {
			return err
		}
		_ = sh.Send(&pb.ShellRequest{Request: &pb.ShellRequest_Open_{Open: &pb.ShellRequest_Open{Grant: grant, Name: "cli"}}})
		if got, err := sh.Recv(); err != nil || got.GetOpened().GetGeneration() != 1 {
			t.Errorf("got %v %v", got, err)
		}
		for range 100 {
			_ = sh.Send(&pb.ShellRequest{Request: &pb.ShellRequest_Receive{Receive: &pb.Done{}}})
		}
		_ = sh.Send(&pb.ShellRequest{})
		return st.Send(&pb.CallEvent{Event: &pb.CallEvent_Apply{Apply: &pb.ApplyResult{}}}) // and leave it open
	}
	if err := ask(t, attach(t, r), conn); err != nil {
		t.Error(err)
	}
	sh, err := conn.Shell(t.Context(), "cli")
	if err != nil {
		t.Fatal(err)
	}
	defer sh.Close()
	if sh.Generation() != 2 {
		t.Errorf("generation %d: the shell that was left open was not discarded", sh.Generation())
	}
}
