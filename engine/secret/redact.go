package secret

import (
	"bytes"
	"io"
	"sync"
)

// Redactor replaces registered secrets by [Hidden] in what passes through it: as they are, line by line, and in base64,
// hexadecimal, URL and JSON escapes. It is safe for concurrent use. It is a second net: what is encrypted, compressed,
// reversed or cut into pieces by other text passes, and so does a secret shorter than MinRedacted.
type Redactor struct {
	mu sync.RWMutex
	// patterns by their first MinRedacted bytes.
	patterns map[string][][]byte
	// starts holds the first 1, 2, … MinRedacted-1 bytes of all patterns: the end of a chunk that may be the beginning of
	// a secret.
	starts map[string]struct{}
	// first tells quickly that no pattern begins with a byte.
	first [256]bool
}

// NewRedactor returns a Redactor that knows no secret.
func NewRedactor() *Redactor {
	return &Redactor{patterns: make(map[string][][]byte), starts: make(map[string]struct{})}
}

// Add registers a secret. It may be called while others write.
func (r *Redactor) Add(v Value) {
	if v.Len() < MinRedacted {
		return
	}
	all := forms(v.Reveal())
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range all {
		head := string(p[:MinRedacted])
		if containsBytes(r.patterns[head], p) {
			continue
		}
		r.patterns[head] = append(r.patterns[head], bytes.Clone(p))
		for n := 1; n < MinRedacted; n++ {
			r.starts[head[:n]] = struct{}{}
		}
		r.first[head[0]] = true
	}
}

func containsBytes(list [][]byte, b []byte) bool {
	for _, l := range list {
		if bytes.Equal(l, b) {
			return true
		}
	}
	return false
}

// String returns s without secrets.
func (r *Redactor) String(s string) string {
	return string(r.Bytes([]byte(s)))
}

// Bytes returns b without secrets; b itself when there are none in it.
func (r *Redactor) Bytes(b []byte) []byte {
	var st state
	out := r.pass(&st, b, true)
	if bytes.Equal(out, b) {
		return b
	}
	return out
}

// match looks at what begins at b: the length of the longest secret there, and whether b, being at the end of a chunk,
// may be the beginning of a longer one.
func (r *Redactor) match(b []byte) (length int, more bool) {
	if !r.first[b[0]] {
		return 0, false
	}
	if len(b) < MinRedacted {
		_, more = r.starts[string(b)]
		return 0, more
	}
	for _, p := range r.patterns[string(b[:MinRedacted])] {
		switch {
		case len(p) > len(b):
			more = more || bytes.HasPrefix(p, b)
		case len(p) > length && bytes.HasPrefix(b, p):
			length = len(p)
		}
	}
	return length, more
}

// state is what a stream remembers between two chunks.
type state struct {
	tail   []byte // not written yet, because a secret may have begun
	secret int    // how many bytes at its beginning belong to a secret that was found
	open   bool   // a secret was found and Hidden not written for it yet
}

// pass redacts tail and chunk together and returns what can be written. Secrets that overlap become one gap, so that no
// end of one sticks out.
func (r *Redactor) pass(st *state, chunk []byte, last bool) []byte {
	r.mu.RLock()
	defer r.mu.RUnlock()
	buf := append(st.tail, chunk...)
	out := make([]byte, 0, len(buf))
	end := st.secret // up to here all is secret
	i := 0
	for ; i < len(buf); i++ {
		length, more := r.match(buf[i:])
		if more && !last {
			break
		}
		if length > 0 {
			end, st.open = max(end, i+length), true
		}
		if i < end {
			continue
		}
		if st.open {
			out, st.open = append(out, Hidden...), false
		}
		out = append(out, buf[i])
	}
	st.tail, st.secret = bytes.Clone(buf[i:]), max(0, end-i)
	if st.open && st.secret == 0 {
		out, st.open = append(out, Hidden...), false
	}
	return out
}

// Writer returns a writer that redacts on the way to w, across the borders of what is written. Bytes that may be the
// beginning of a secret wait for the next Write; Flush or Close lets them go.
func (r *Redactor) Writer(w io.Writer) *Writer { return &Writer{redactor: r, w: w} }

// Writer redacts a stream. It is safe for concurrent use.
type Writer struct {
	redactor *Redactor
	mu       sync.Mutex
	w        io.Writer
	state    state
}

// Write takes all of p, or reports the error of the writer behind.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(p), w.write(w.redactor.pass(&w.state, p, false))
}

// Flush writes what waits: when no more comes for now, the beginning of a secret was none.
func (w *Writer) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.write(w.redactor.pass(&w.state, nil, true))
}

// Close flushes; the writer behind stays open.
func (w *Writer) Close() error { return w.Flush() }

func (w *Writer) write(p []byte) error {
	if len(p) == 0 {
		return nil
	}
	_, err := w.w.Write(p)
	return err
}
