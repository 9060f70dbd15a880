//go:build crashpoint

package journal

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
)

var (
	crashAt, _ = strconv.ParseInt(os.Getenv("MUSTER_CRASHPOINT"), 10, 64)
	passed     atomic.Int64
	countFile  = sync.OnceValue(func() *os.File {
		path := os.Getenv("MUSTER_CRASHPOINT_COUNT")
		if path == "" {
			return nil
		}
		f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
		if err != nil {
			panic(err)
		}
		return f
	})
	counting sync.Mutex
)

// Crash kills the process at the passage that MUSTER_CRASHPOINT says, counted from 1 over all crash points, and keeps the
// count of passages in the file that MUSTER_CRASHPOINT_COUNT names.
func Crash() {
	n := passed.Add(1)
	if f := countFile(); f != nil {
		counting.Lock()
		_, _ = f.WriteAt(fmt.Appendf(nil, "%d\n", passed.Load()), 0) // a test that cannot read it fails
		counting.Unlock()
	}
	if n == crashAt {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}
