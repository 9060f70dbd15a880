package cli

import (
	"errors"
	"io"
	"os"
	"slices"
	"sync"
	"syscall"

	"github.com/charmbracelet/colorprofile"
	"golang.org/x/term"
)

// Streams is what a process is given: its files, its environment, and whether a person sits in front of it.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	Environ  []string
	Dir      string // working directory
	// Ask is true when In is a terminal, so that a question has somebody to answer it.
	Ask bool
	// Secret reads a line from the terminal without showing it.
	Secret func() ([]byte, error)
}

// system is the process's own.
func system() Streams {
	dir, err := os.Getwd()
	if err != nil {
		dir = "."
	}
	stdin := int(os.Stdin.Fd())
	return Streams{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Environ: os.Environ(), Dir: dir,
		Ask:    term.IsTerminal(stdin),
		Secret: func() ([]byte, error) { return term.ReadPassword(stdin) },
	}
}

// withColour puts writers in front of the files that leave as much colour as the terminal and the user want: NO_COLOR,
// CLICOLOR_FORCE, TERM and --no-color count. It looks at args itself because errors in them are shown in colour, too.
func (s Streams) withColour(args []string) Streams {
	plain := slices.Contains(args, "--no-color") || slices.Contains(args, "-no-color")
	for _, w := range []*io.Writer{&s.Out, &s.Err} {
		cw := colorprofile.NewWriter(*w, s.Environ)
		if plain {
			cw.Profile = colorprofile.NoTTY
		}
		*w = &quiet{w: cw}
	}
	return s
}

// quiet is a writer whose reader may go away: what cannot be written is dropped, and the run goes on.
type quiet struct {
	w io.Writer

	mu     sync.Mutex
	failed error // why something was dropped, if not because nobody reads any more
}

func (q *quiet) Write(p []byte) (int, error) {
	if _, err := q.w.Write(p); err != nil && !errors.Is(err, syscall.EPIPE) {
		q.mu.Lock()
		q.failed = err
		q.mu.Unlock()
	}
	return len(p), nil
}

// incomplete is why an answer is not whole; nil where it is, or where nobody wants the rest.
func incomplete(out io.Writer) error {
	q, ok := out.(*quiet)
	if !ok {
		return nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.failed
}
