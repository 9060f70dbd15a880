package cli

import (
	"bufio"
	"io"
	"os"
	"sync"
)

// keyboard reads lines one by one, and only when one is wanted: a secret may be typed in between, without this.
type keyboard struct {
	mu    sync.Mutex
	in    *bufio.Reader
	busy  bool
	ended bool
	lines chan string
}

// line asks for the next line. The channel gives it, or is closed when the input has ended. A line that nobody took is given
// to whoever asks next.
func (k *keyboard) line(in io.Reader) <-chan string {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.in == nil {
		k.in, k.lines = bufio.NewReader(in), make(chan string, 1)
	}
	if !k.busy && !k.ended && len(k.lines) == 0 {
		k.busy = true
		go k.read() // ends with the process at the latest: reading a terminal cannot be interrupted
	}
	return k.lines
}

func (k *keyboard) read() {
	line, err := k.in.ReadString('\n')
	k.mu.Lock()
	defer k.mu.Unlock()
	k.busy = false
	if err != nil && line == "" {
		k.ended = true
		close(k.lines)
		return
	}
	k.lines <- line
}

// forget drops lines that nobody asked for: they are no answer to a question that comes after them.
func (k *keyboard) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.in == nil || k.ended {
		return
	}
	if !k.busy {
		_, _ = k.in.Discard(k.in.Buffered()) // exactly what there is
	}
	for len(k.lines) > 0 {
		<-k.lines
	}
}

// forget drops what was typed before a question stands on the screen.
func (a *app) forget() {
	if f, ok := a.In.(*os.File); ok {
		flush(f)
	}
	a.keyboard.forget()
}

// line is the next line that is typed.
func (a *app) line() <-chan string { return a.keyboard.line(a.In) }
