// Package serve is the plugin side of the wire: a plugin's main function is `serve.Main(modules...)`.
//
// It answers the engine's calls by calling the modules, gives each call a Conn that works through the engine, and keeps
// the process well-behaved: a panic in a module fails that one call, a deadline reaches the module's context, and the
// process ends when the engine is gone. What it does not do: reach a host by itself, read the user's environment or
// standard input, or write to a terminal. Standard error is for the plugin's log.
package serve

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/muster-run/muster/plugins/internal/pb"
	"github.com/muster-run/muster/plugins/sdk"
)

// gcPercent is the garbage collector's setting of a plugin, whose heap is small and whose work is short: Go's own 100
// would spend a tenth of its CPU on a few MiB.
const gcPercent = 400

// Main serves the modules until the engine ends the process; it does not return. Where it cannot serve, it says why on
// standard error and exits with status 1.
func Main(modules ...sdk.Module) {
	if err := Run(modules...); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Run is Main for a program that is more than a plugin: it returns when the engine has closed the connection, or with an
// error when the modules cannot be served or nobody who speaks the protocol started the process.
func Run(modules ...sdk.Module) error {
	if os.Getenv(pb.CookieKey) != pb.CookieValue {
		return byHand(modules)
	}
	s, err := newServer(modules)
	if err != nil {
		return err
	}
	exitWithEngine()
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion:  pb.ProtocolVersion,
			MagicCookieKey:   pb.CookieKey,
			MagicCookieValue: pb.CookieValue,
		},
		Plugins: plugin.PluginSet{pb.PluginName: &adapter{server: s}},
		Logger:  hclog.New(&hclog.LoggerOptions{Level: hclog.Warn, Output: os.Stderr}),
		GRPCServer: func(opts []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(opts, grpc.MaxRecvMsgSize(pb.MaxMessage), grpc.StatsHandler(&engineWatch{}))...)
		},
	})
	return nil
}

// byHand is what somebody reads who typed the name of the binary.
func byHand(modules []sdk.Module) error {
	var names []string
	for _, m := range modules {
		names = append(names, m.Describe().Name)
	}
	return errors.New("This is a muster plugin: muster starts it, not you.\n" +
		"It offers the modules: " + strings.Join(names, ", ") + ".\n" +
		"Put it into a directory of your own as muster-plugin-NAME, call muster with --plugin-dir DIRECTORY, and use a module in a playbook.")
}

// Register serves the modules on a gRPC server of the caller's, for tests of the protocol without a process. dial connects
// to the engine's Connection service; it is called with the broker id of the first Describe.
func Register(on *grpc.Server, dial func(id uint32) (*grpc.ClientConn, error), modules ...sdk.Module) error {
	s, err := newServer(modules)
	if err != nil {
		return err
	}
	s.dial = dial
	pb.RegisterModuleServer(on, s)
	return nil
}

// adapter fits the server to go-plugin.
type adapter struct {
	plugin.NetRPCUnsupportedPlugin
	plugin.GRPCPlugin
	server *server
}

// GRPCServer registers the service; go-plugin calls it once.
func (a *adapter) GRPCServer(broker *plugin.GRPCBroker, on *grpc.Server) error {
	a.server.dial = func(id uint32) (*grpc.ClientConn, error) {
		return broker.DialWithOptions(id, grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(pb.MaxMessage)))
	}
	pb.RegisterModuleServer(on, a.server)
	return nil
}
