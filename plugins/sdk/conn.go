package sdk

import (
	"context"
	"crypto"
	"errors"
	"io/fs"
	"net"
	"time"
)

// Effect says what an operation does to the host; the engine journals every operation that is not a Read before it is
// sent, and after a crash repeats an Idempotent one, but probes before it repeats a Once.
type Effect string

const (
	Read       Effect = "read"
	Idempotent Effect = "idempotent"
	Once       Effect = "once"
)

// ErrUnreachable is wrapped by errors of a Conn whose connection is gone or could not be made.
var ErrUnreachable = errors.New("host unreachable")

// ErrNotExist is what Get and Stat wrap for a file that is not there.
var ErrNotExist = fs.ErrNotExist

// Conn is the way to one host while one node runs. Every call ends at ctx's deadline. It is safe for concurrent use.
type Conn interface {
	// Run executes a command in an exec channel and waits for it. A non-zero exit status is no error.
	Run(ctx context.Context, cmd Command) (*CommandResult, error)

	// Shell returns the host's interactive shell of that name, opening it (PTY, 1000 columns, TERM=dumb) when there is
	// none. The engine keeps it between nodes of the same plugin; see Shell.Generation. One node at a time holds it.
	Shell(ctx context.Context, name string) (Shell, error)

	// Put writes a file whole or not at all: temporary name in the same directory, sync, size and digest checked, rename.
	Put(ctx context.Context, file Put) error

	// Get reads a file of at most 1 MiB.
	Get(ctx context.Context, path string) ([]byte, error)
	// GetSecret reads a file into the engine and returns a handle to it: the bytes never come here.
	GetSecret(ctx context.Context, path string) (Handle, error)
	// Stat tells size, mode and digest of a file without reading it here.
	Stat(ctx context.Context, path string) (FileInfo, error)
	// Remove deletes a file; one that is not there is no error.
	Remove(ctx context.Context, path string) error

	// Dial opens a TCP connection to one of the host's own declared addresses.
	Dial(ctx context.Context, to Dial) (net.Conn, error)
	// Signer signs with a private key behind a handle, for TLS client authentication.
	Signer(ctx context.Context, key Handle) (crypto.Signer, error)
}

// Command is one command line for the login shell of the host.
type Command struct {
	// Argv is quoted for a POSIX shell, each element as one word.
	Argv   []string
	Effect Effect
	Stdin  []byte
}

// CommandResult is what came back, each stream cut to its first MiB.
type CommandResult struct {
	Status         int // exit status; -1 when the server sent none
	Stdout, Stderr []byte
}

// Put describes a file to write: Content, or a secret behind Handle.
type Put struct {
	Path    string
	Mode    fs.FileMode // 0: 0600
	Content []byte
	Secret  *Handle
	// MakeDirs creates missing parent directories with mode 0700.
	MakeDirs bool
}

// FileInfo is a file on the host.
type FileInfo struct {
	Size    int64
	Mode    fs.FileMode
	ModTime time.Time
	SHA256  string // hex; empty for a directory
}

// Dial says where to connect and from where.
type Dial struct {
	Address string // "" means the host's address; else one of its declared addresses (host.data values)
	Port    int
	From    From
}

// From is the place a connection starts.
type From string

const (
	FromControl From = "control" // the control machine: what a client of the host would see
	FromHost    From = "host"    // the host itself, through SSH
)
