package oddserver

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/pkg/sftp"
)

// files serves the tree under the host's root as its file system.
type files struct{ h *host }

func (h *host) sftp(ch io.ReadWriteCloser) {
	f := files{h}
	if h.q.PlainSFTP {
		ch = &plain{ReadWriteCloser: ch}
	}
	s := sftp.NewRequestServer(ch, sftp.Handlers{FileGet: f, FilePut: f, FileCmd: f, FileList: f}, sftp.WithStartDirectory(h.home()))
	s.Serve()
	s.Close()
}

func (f files) Fileread(r *sftp.Request) (io.ReaderAt, error) { return os.Open(f.h.path(r.Filepath)) }

func (f files) Filewrite(r *sftp.Request) (io.WriterAt, error) { return f.OpenFile(r) }

// OpenFile is for handles that write, or read and write.
func (f files) OpenFile(r *sftp.Request) (sftp.WriterAtReaderAt, error) {
	flags := os.O_WRONLY
	if r.Pflags().Read {
		flags = os.O_RDWR
	}
	for _, x := range []struct {
		on   bool
		flag int
	}{{r.Pflags().Creat, os.O_CREATE}, {r.Pflags().Trunc, os.O_TRUNC}, {r.Pflags().Excl, os.O_EXCL}} {
		if x.on {
			flags |= x.flag
		}
	}
	return os.OpenFile(f.h.path(r.Filepath), flags, 0o644)
}

// PosixRename replaces; a server without the extension never hears of it.
func (f files) PosixRename(r *sftp.Request) error {
	if f.h.q.PlainSFTP {
		return sftp.ErrSSHFxOpUnsupported
	}
	return os.Rename(f.h.path(r.Filepath), f.h.path(r.Target))
}

func (f files) Filecmd(r *sftp.Request) error {
	name := f.h.path(r.Filepath)
	switch r.Method {
	case "Setstat":
		if r.AttrFlags().Permissions {
			return os.Chmod(name, r.Attributes().FileMode().Perm())
		}
		return nil
	case "Rename": // SFTP 3 refuses to replace
		if _, err := os.Lstat(f.h.path(r.Target)); err == nil {
			return sftp.ErrSSHFxFailure
		}
		return os.Rename(name, f.h.path(r.Target))
	case "Mkdir":
		return os.Mkdir(name, 0o755)
	case "Remove", "Rmdir":
		return os.Remove(name)
	}
	return sftp.ErrSSHFxOpUnsupported
}

type list []os.FileInfo

func (l list) ListAt(out []os.FileInfo, at int64) (int, error) {
	if at >= int64(len(l)) {
		return 0, io.EOF
	}
	n := copy(out, l[at:])
	if n < len(out) {
		return n, io.EOF
	}
	return n, nil
}

func (f files) Filelist(r *sftp.Request) (sftp.ListerAt, error) {
	name := f.h.path(r.Filepath)
	if r.Method == "List" {
		entries, err := os.ReadDir(name)
		var l list
		for _, e := range entries {
			if i, err := e.Info(); err == nil {
				l = append(l, i)
			}
		}
		return l, err
	}
	i, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, sftp.ErrSSHFxNoSuchFile
	}
	return list{i}, err
}

// Lstat is the same here: there are no links in the tree.
func (f files) Lstat(r *sftp.Request) (sftp.ListerAt, error) { return f.Filelist(r) }

// real turns the paths of a command into those of this machine, and back.
func (h *host) real(command string) string {
	for _, dir := range []string{"/var/broadworks", "/usr/local/broadworks", "/export/home", "/opt/users"} {
		command = strings.ReplaceAll(command, dir, h.root+dir)
	}
	return strings.ReplaceAll(command, h.root+h.root, h.root)
}

// virtual writes what a command prints, as the host would.
type virtual struct {
	h *host
	w io.Writer
}

func (v virtual) Write(b []byte) (int, error) {
	_, err := io.WriteString(v.w, strings.ReplaceAll(string(b), v.h.root, ""))
	return len(b), err
}
