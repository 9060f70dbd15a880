package planfile

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// Key makes keyed digests; two domains never give the same one for the same bytes. *secret.Key is one.
type Key interface {
	Sum(domain string, b []byte) []byte
}

const (
	magic      = "muster-plan"
	sealDomain = "planfile seal"
	nameDomain = "planfile key"
	// mostBytes bounds what Read takes in: a plan of a hundred thousand hosts is smaller.
	mostBytes = 256 << 20
)

// A file is one line, `muster-plan VERSION KEY SEAL`, and then the plan as compressed JSON. KEY names the key without
// telling it; the seal is over everything else in the file.
type header struct{ version, key, seal string }

func (h header) sealed() string { return magic + " " + h.version + " " + h.key + "\n" }

func (h header) line() string { return magic + " " + h.version + " " + h.key + " " + h.seal + "\n" }

func keyName(k Key) string { return hex.EncodeToString(k.Sum(nameDomain, nil)[:8]) }

func seal(k Key, h header, body []byte) string {
	return hex.EncodeToString(k.Sum(sealDomain, append([]byte(h.sealed()), body...)))
}

// Is reports whether a path is a saved plan, by its first bytes: sound or not.
func Is(path string) bool {
	f, err := open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	return begins(f)
}

func begins(r io.Reader) bool {
	first := make([]byte, len(magic)+1)
	_, err := io.ReadFull(r, first)
	return err == nil && string(first) == magic+" "
}

// open opens a regular file; a FIFO is not waited for.
func open(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: path, Err: errors.New("it is no regular file")}
	}
	if err == nil && info.Size() > mostBytes {
		err = &fs.PathError{Op: "open", Path: path, Err: fmt.Errorf("it is larger than %d MiB", mostBytes>>20)}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// split takes the first line apart; what does not stand exactly as Write writes it is none.
func split(data []byte) (header, []byte, bool) {
	line, body, found := bytes.Cut(data, []byte("\n"))
	words := strings.Split(string(line), " ")
	if !found || len(words) != 4 || words[0] != magic {
		return header{}, nil, false
	}
	return header{version: words[1], key: words[2], seal: words[3]}, body, true
}
