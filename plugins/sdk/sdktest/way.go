package sdktest

import (
	"context"
	"errors"
	"net"
	"os"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/muster-run/muster/plugins/catalog"
	"github.com/muster-run/muster/plugins/sdk"
	"github.com/muster-run/muster/plugins/serve"
)

// ways are the roads from a caller to a module.
var ways = []struct {
	name string
	open func(t *testing.T, m sdk.Module) sdk.Module
}{
	{"direct", func(_ *testing.T, m sdk.Module) sdk.Module { return m }},
	{"grpc", overGRPC},
	{"process", asProcess},
}

// serveWord is the argument that makes a test binary a plugin.
const serveWord = "serve-the-modules-under-test"

// served says that Main was called, so that this binary can be started as a plugin.
var served bool

// Main is what TestMain calls: it runs the tests, or serves the modules when Conform started the binary as a plugin.
func Main(m *testing.M, modules ...sdk.Module) {
	if len(os.Args) == 2 && os.Args[1] == serveWord {
		serve.Main(modules...)
	}
	served = true
	os.Exit(m.Run())
}

// overGRPC serves the module in this process and calls it across the protocol.
func overGRPC(t *testing.T, m sdk.Module) sdk.Module {
	plugin, engine := bufconn.Listen(1<<20), bufconn.Listen(1<<20)
	modules, connection := grpc.NewServer(), grpc.NewServer()
	t.Cleanup(modules.Stop)
	t.Cleanup(connection.Stop)
	err := serve.Register(modules, func(uint32) (*grpc.ClientConn, error) { return dial(t, engine) }, m)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := dial(t, plugin)
	if err != nil {
		t.Fatal(err)
	}
	serveOn(t, modules, plugin)
	got, err := catalog.Attach(t.Context(), conn, connection)
	if err != nil {
		t.Fatal(err)
	}
	serveOn(t, connection, engine)
	return got[0]
}

func dial(t *testing.T, to *bufconn.Listener) (*grpc.ClientConn, error) {
	conn, err := grpc.NewClient("passthrough:///bufconn",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return to.DialContext(ctx) }),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err == nil {
		t.Cleanup(func() { conn.Close() })
	}
	return conn, err
}

func serveOn(t *testing.T, s *grpc.Server, on net.Listener) {
	done := make(chan error, 1)
	go func() { done <- s.Serve(on) }()
	t.Cleanup(func() {
		s.Stop()
		if err := <-done; err != nil && !errors.Is(err, grpc.ErrServerStopped) {
			t.Error(err)
		}
	})
}

// asProcess starts this binary as a plugin.
func asProcess(t *testing.T, m sdk.Module) sdk.Module {
	if !served {
		t.Fatal("sdktest: the plugin process needs `func TestMain(m *testing.M) { sdktest.Main(m, modules...) }`")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	name := m.Describe().Name
	c, err := catalog.New(catalog.Options{
		Bundled:      []catalog.Bundled{{Name: "under_test", Path: self, Args: []string{serveWord}, Modules: []string{name}}},
		StartTimeout: hang,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	got, err := c.Module(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return got
}
