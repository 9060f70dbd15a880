package shell

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"syscall"

	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/memfs"
)

// files are a command's standard streams.
type files struct {
	in       io.Reader
	out, err io.Writer
	open     []*output
	shell    *Shell
}

// output is a file that a redirection writes.
type output struct {
	file *memfs.File
	path string
	at   int64
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.file.WriteAt(p, o.at)
	o.at += int64(n)
	return n, err
}

// close reports the files written; what failed was told to the command.
func (f *files) close() {
	for _, o := range f.open {
		f.shell.wrote(o.path)
	}
}

func (s *Shell) wrote(p string) {
	if s.Wrote != nil {
		s.Wrote(p)
	}
}

// redirect opens what a command reads and writes, left to right.
func (s *Shell) redirect(list []redirect, in io.Reader, out, errw io.Writer) (*files, error) {
	f := &files{in: in, out: out, err: errw, shell: s}
	for _, r := range list {
		name := strings.Join(s.fields(r.target), " ")
		var w io.Writer
		switch r.op {
		case "<":
			data := []byte(nil)
			if name != "/dev/null" {
				var err error
				if data, err = s.FS.ReadFile(s.abs(name)); err != nil {
					return nil, fmt.Errorf("%s: %s", name, reason(err))
				}
			}
			f.in = bytes.NewReader(data)
			continue
		case ">&":
			w = map[string]io.Writer{"1": f.out, "2": f.err}[name]
			if w == nil {
				return nil, fmt.Errorf("%s: ambiguous redirect", name)
			}
		default:
			var err error
			if w, err = f.create(s, name, r.op); err != nil {
				return nil, err
			}
		}
		if r.fd == 2 {
			f.err = w
		} else {
			f.out = w
		}
	}
	return f, nil
}

func (f *files) create(s *Shell, name, op string) (io.Writer, error) {
	if name == "/dev/null" {
		return io.Discard, nil
	}
	flag := os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	if op == ">>" {
		flag = os.O_WRONLY | os.O_CREATE | os.O_APPEND
	}
	file, err := s.FS.OpenFile(s.abs(name), flag, 0o666&^s.umask())
	if err != nil {
		return nil, fmt.Errorf("%s: %s", name, reason(err))
	}
	o := &output{file: file, path: s.abs(name)}
	f.open = append(f.open, o)
	return o, nil
}

// abs makes a path absolute.
func (s *Shell) abs(p string) string {
	if path.IsAbs(p) {
		return path.Clean(p)
	}
	return path.Join(s.Dir, p)
}

// reason is how the C library words an error.
func reason(err error) string {
	texts := map[syscall.Errno]string{
		syscall.ENOENT: "No such file or directory", syscall.EACCES: "Permission denied",
		syscall.EEXIST: "File exists", syscall.ENOTDIR: "Not a directory", syscall.EISDIR: "Is a directory",
		syscall.ENOSPC: "No space left on device", syscall.ENOTEMPTY: "Directory not empty",
		syscall.EPERM: "Operation not permitted", syscall.EINVAL: "Invalid argument",
	}
	if pe, ok := err.(*os.PathError); ok {
		if errno, ok := pe.Err.(syscall.Errno); ok && texts[errno] != "" {
			return texts[errno]
		}
	}
	return "Input/output error"
}
