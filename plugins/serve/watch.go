package serve

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc/stats"
)

// engineWatch ends the process when the engine's last connection is gone: a plugin has nothing to do without one, and a
// killed engine cannot tell it so.
type engineWatch struct{ open atomic.Int64 }

// HandleConn counts connections.
func (w *engineWatch) HandleConn(_ context.Context, s stats.ConnStats) {
	switch s.(type) {
	case *stats.ConnBegin:
		w.open.Add(1)
	case *stats.ConnEnd:
		if w.open.Add(-1) == 0 {
			leave()
		}
	}
}

// TagConn is part of stats.Handler.
func (w *engineWatch) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

// TagRPC is part of stats.Handler.
func (w *engineWatch) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

// HandleRPC is part of stats.Handler.
func (w *engineWatch) HandleRPC(context.Context, stats.RPCStats) {}

// exitWithEngine ends the process on SIGTERM, which the engine has the kernel send when it dies before it connected.
func exitWithEngine() {
	ch := make(chan os.Signal, 1)
	signal.Notify(ch, syscall.SIGTERM)
	go func() {
		<-ch
		leave()
	}()
}

var leaving sync.Once

// leave ends the process and, where it leads a process group of its own as under the engine, what it started; and since
// the engine cannot, it removes its directory.
func leave() {
	leaving.Do(func() {
		if syscall.Getpgrp() == os.Getpid() {
			dir := os.Getenv(plugin.EnvUnixSocketDir)
			if strings.HasPrefix(filepath.Base(dir), "plugin-dir") { // as go-plugin names it
				_ = os.RemoveAll(dir)
				_ = os.Remove(filepath.Dir(dir)) // when no other plugin is left in it
			}
			_ = syscall.Kill(-os.Getpid(), syscall.SIGKILL)
		}
		os.Exit(0)
	})
}
