// Package transport is the way to a host: a Transport is one connection, a Dialer makes one, a Pool keeps one per host.
// Retry, limits and recording are wrappers over these interfaces; ssh and local implement them; transporttest is the one
// suite that every implementation passes.
//
// A transport moves bytes. It knows nothing of modules, nodes, secrets or prompts.
package transport

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"

	"github.com/muster-run/muster/plugins/sdk"
)

// Errors are classified once, where they arise. Every error of a Dialer wraps exactly one of these; so does every error
// of a Transport whose connection ended.
var (
	// ErrUnreachable: no route, refused, reset, timed out, closed by the watchdog. A retry can help.
	ErrUnreachable = errors.New("unreachable")
	// ErrAuth: the host refused every key. A retry does not help before somebody acts.
	ErrAuth = errors.New("authentication refused")
	// ErrHostKey: the host's key is not the known one, or is not known. Never retried.
	ErrHostKey = errors.New("host key not accepted")
)

// Target is where to connect and as whom.
type Target struct {
	Host       string // inventory name, for messages
	Address    string
	Port       int
	User       string
	KeyFile    string // private key; empty: agent only
	KnownHosts string // file; empty: ~/.ssh/known_hosts
}

// Dialer connects. It returns when the host has accepted the login, or with a classified error.
type Dialer interface {
	Dial(ctx context.Context, to Target) (Transport, error)
}

// Transport is a live connection to one host. It is safe for concurrent use. Every call returns when ctx ends, leaving
// the connection usable where the protocol allows it.
//
// A path is absolute, or begins with ~/ for the login's home directory; every other is refused. Files are read and
// digested when they are regular files only.
type Transport interface {
	// Run executes a shell command line. When ctx ends first, the command is told to end (SIGTERM), but a host may not
	// pass that on: its outcome is not known.
	Run(ctx context.Context, line string, stdin []byte) (*sdk.CommandResult, error)

	// Shell opens an interactive login shell on a PTY of 1000 columns with TERM=dumb.
	Shell(ctx context.Context) (Shell, error)

	// Put writes a file whole or not at all: temporary name in the same directory, sync where the server offers it, size
	// and SHA-256 of what arrived compared with what was sent, then an atomic rename. mode 0 means 0600.
	Put(ctx context.Context, path string, content []byte, mode fs.FileMode) error
	// Get reads a file; one over limit bytes is an error.
	Get(ctx context.Context, path string, limit int64) ([]byte, error)
	Stat(ctx context.Context, path string) (sdk.FileInfo, error)
	// Remove deletes a file; one that is not there is no error.
	Remove(ctx context.Context, path string) error
	// MkdirAll makes a directory and its parents, mode 0700 for those it makes.
	MkdirAll(ctx context.Context, path string) error
	// ReadDir names the entries of a directory; one that is not there has none.
	ReadDir(ctx context.Context, path string) ([]string, error)

	// Dial connects from the host.
	Dial(ctx context.Context, address string) (net.Conn, error)

	// Done is closed when the connection is dead; Err then says why, wrapping ErrUnreachable.
	Done() <-chan struct{}
	Err() error
	io.Closer
}

// Shell is a raw interactive shell. Read gives what the PTY sends, stdout and stderr mixed.
type Shell interface {
	io.ReadWriteCloser
}
