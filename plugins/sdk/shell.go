package sdk

import (
	"context"
	"io"
)

// Shell is an interactive shell on the host's PTY: a conversation of lines sent and output received.
//
// It outlives the node. Generation grows when the engine had to open it anew, and Memory belongs to that generation: it
// is where a driver remembers what level of the device's CLI it stands on, so that the next node need not start over.
type Shell interface {
	// Generation is 1 for the first shell of that name on this host and grows with every reopening in the run.
	Generation() uint64

	// Memory is kept in this process for this host, shell and generation; a new generation begins with an empty one.
	Memory() *Memory

	// SendLine types the line and Enter. It returns when the line was written, not when it was answered. A line with a
	// control character is refused, and nothing is sent.
	SendLine(ctx context.Context, line Line) error

	// Interrupt types Ctrl-C.
	Interrupt(ctx context.Context) error

	// Receive returns the next output in any chunking, raw as the PTY gave it; io.EOF when the shell ended.
	Receive(ctx context.Context) ([]byte, error)

	// Discard closes the shell: the next Conn.Shell opens a new generation. For a conversation that went out of step.
	Discard()

	// Closer gives the shell back for the next node.
	io.Closer
}

// Line is one line to type.
type Line struct {
	Text   string
	Secret *Handle // typed instead of Text, by the engine
	Effect Effect
}

// Memory is a driver's note about a kept shell. One node at a time holds the shell, so it needs no lock.
type Memory struct{ Value any }
