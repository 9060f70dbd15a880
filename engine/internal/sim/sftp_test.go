package sim

import (
	"io"
	"io/fs"
	"os"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

// files serves a host's disk over SFTP to one connection.
type files struct{ *visit }

func (v *visit) files(ch ssh.Channel) {
	h := files{v}
	s := sftp.NewRequestServer(ch, sftp.Handlers{FileGet: h, FilePut: h, FileCmd: h, FileList: h}, sftp.WithStartDirectory(home))
	_ = s.Serve()
	_ = s.Close()
}

func (f files) Fileread(r *sftp.Request) (io.ReaderAt, error) {
	n, err := f.host.disk.open(r.Filepath, false, false, false, false)
	if err != nil {
		return nil, refusal(err)
	}
	f.note("read", r.Filepath)
	return handle{f, r.Filepath, n}, nil
}

func (f files) Filewrite(r *sftp.Request) (io.WriterAt, error) { return f.OpenFile(r) }

func (f files) OpenFile(r *sftp.Request) (sftp.WriterAtReaderAt, error) {
	ask := r.Pflags()
	n, err := f.host.disk.open(r.Filepath, ask.Write, ask.Creat, ask.Excl, ask.Trunc)
	if err != nil {
		return nil, refusal(err)
	}
	return handle{f, r.Filepath, n}, nil
}

func (f files) Filecmd(r *sftp.Request) error {
	d := f.host.disk
	switch r.Method {
	case "Setstat":
		if r.AttrFlags().Permissions {
			d.mu.Lock()
			defer d.mu.Unlock()
			if n := d.nodes[r.Filepath]; n != nil {
				n.mode = r.Attributes().FileMode().Perm()
			}
		}
		return nil
	case "Rename":
		return f.changed("write", r.Target, d.rename(r.Filepath, r.Target, false))
	case "Remove":
		return f.changed("remove", r.Filepath, d.remove(r.Filepath, false))
	case "Rmdir":
		return f.changed("remove", r.Filepath, d.remove(r.Filepath, true))
	case "Mkdir":
		return f.changed("mkdir", r.Filepath, d.mkdir(r.Filepath))
	}
	return sftp.ErrSSHFxOpUnsupported
}

func (f files) PosixRename(r *sftp.Request) error {
	return f.changed("write", r.Target, f.host.disk.rename(r.Filepath, r.Target, true))
}

// changed notes what was done, if it was.
func (f files) changed(kind, name string, err error) error {
	if err != nil {
		return refusal(err)
	}
	f.note(kind, name)
	return nil
}

func (f files) Filelist(r *sftp.Request) (sftp.ListerAt, error) {
	if r.Method == "List" {
		found, err := f.host.disk.list(r.Filepath)
		return listing(found), refusal(err)
	}
	if r.Filepath == keyFile {
		f.note("look", keyFile)
	}
	return f.Lstat(r)
}

func (f files) Lstat(r *sftp.Request) (sftp.ListerAt, error) {
	one, err := f.host.disk.stat(r.Filepath)
	if err != nil {
		return nil, refusal(err)
	}
	return listing{one}, nil
}

// refusal is an error as SFTP can say it.
func refusal(err error) error {
	switch err {
	case nil:
		return nil
	case fs.ErrNotExist:
		return sftp.ErrSSHFxNoSuchFile
	}
	return sftp.ErrSSHFxFailure
}

// handle is an open file.
type handle struct {
	files
	name string
	node *inode
}

func (h handle) ReadAt(p []byte, off int64) (int, error) { return h.host.disk.readAt(h.node, p, off) }

func (h handle) WriteAt(p []byte, off int64) (int, error) {
	if !h.host.epochIs(h.epoch) {
		return 0, io.ErrClosedPipe
	}
	h.host.disk.writeAt(h.node, p, off)
	return len(p), nil
}

type listing []os.FileInfo

func (l listing) ListAt(to []os.FileInfo, from int64) (int, error) {
	if from >= int64(len(l)) {
		return 0, io.EOF
	}
	n := copy(to, l[from:])
	if n < len(to) {
		return n, io.EOF
	}
	return n, nil
}
