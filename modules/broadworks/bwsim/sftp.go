package bwsim

import (
	"context"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/pkg/sftp"

	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/memfs"
)

// sftp serves the SFTP subsystem on the host's file system.
func (s *session) sftp(ctx context.Context) int {
	files := &sftpFiles{s}
	server := sftp.NewRequestServer(newSyncFilter(s.channel), sftp.Handlers{
		FileGet: files, FilePut: files, FileCmd: files, FileList: files,
	}, sftp.WithStartDirectory(home(s.host.fleet.opts.User)))
	defer server.Close()
	if err := server.Serve(); err != nil && err != io.EOF {
		return 1
	}
	return 0
}

// sftpFiles answers requests from the host's file system.
type sftpFiles struct{ *session }

// Fileread opens a file for a download.
func (f *sftpFiles) Fileread(r *sftp.Request) (io.ReaderAt, error) {
	return f.host.fs.OpenFile(r.Filepath, os.O_RDONLY, 0)
}

// Filewrite opens a file for an upload.
func (f *sftpFiles) Filewrite(r *sftp.Request) (io.WriterAt, error) { return f.OpenFile(r) }

// OpenFile opens a file for reading and writing.
func (f *sftpFiles) OpenFile(r *sftp.Request) (sftp.WriterAtReaderAt, error) {
	asked := r.Pflags()
	flag := os.O_WRONLY
	if asked.Read {
		flag = os.O_RDWR
	}
	for _, set := range []struct {
		on   bool
		flag int
	}{{asked.Append, os.O_APPEND}, {asked.Creat, os.O_CREATE}, {asked.Trunc, os.O_TRUNC}, {asked.Excl, os.O_EXCL}} {
		if set.on {
			flag |= set.flag
		}
	}
	mode := fs.FileMode(0o644)
	if r.AttrFlags().Permissions {
		mode = r.Attributes().FileMode().Perm()
	}
	file, err := f.host.fs.OpenFile(r.Filepath, flag, mode)
	if err != nil {
		return nil, err
	}
	return &upload{File: file, session: f.session, path: r.Filepath}, nil
}

// Filecmd changes names and attributes. Rename does not replace a file; only
// PosixRename does.
func (f *sftpFiles) Filecmd(r *sftp.Request) error {
	disk := f.host.fs
	switch r.Method {
	case "Setstat":
		return f.setstat(r)
	case "Rename":
		if _, err := disk.Stat(r.Target); err == nil {
			return os.ErrExist
		}
		return f.PosixRename(r)
	case "Remove", "Rmdir":
		info, err := disk.Stat(r.Filepath)
		if err != nil {
			return err
		}
		if info.IsDir() != (r.Method == "Rmdir") {
			return os.ErrInvalid
		}
		if err := disk.Remove(r.Filepath); err != nil {
			return err
		}
		f.host.record(Event{Kind: FileRemove, Session: f.id, Path: r.Filepath})
		return nil
	case "Mkdir":
		return disk.Mkdir(r.Filepath, 0o755)
	}
	return sftp.ErrSSHFxOpUnsupported
}

// PosixRename implements the posix-rename@openssh.com extension.
func (f *sftpFiles) PosixRename(r *sftp.Request) error {
	if err := f.host.fs.Rename(r.Filepath, r.Target); err != nil {
		return err
	}
	f.host.record(Event{Kind: FileRename, Session: f.id, Path: r.Target, Text: r.Filepath})
	return nil
}

func (f *sftpFiles) setstat(r *sftp.Request) error {
	disk, flags, attrs := f.host.fs, r.AttrFlags(), r.Attributes()
	if flags.Size {
		file, err := disk.OpenFile(r.Filepath, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		if err := file.Truncate(int64(attrs.Size)); err != nil {
			return err
		}
	}
	if flags.Permissions {
		if err := disk.Chmod(r.Filepath, attrs.FileMode()); err != nil {
			return err
		}
	}
	if flags.Acmodtime {
		return disk.Chtimes(r.Filepath, attrs.ModTime())
	}
	return nil
}

// Filelist answers List and Stat.
func (f *sftpFiles) Filelist(r *sftp.Request) (sftp.ListerAt, error) {
	switch r.Method {
	case "List":
		entries, err := f.host.fs.List(r.Filepath)
		return infos(entries), err
	case "Stat":
		info, err := f.host.fs.Stat(r.Filepath)
		return infos{info}, err
	}
	return nil, sftp.ErrSSHFxOpUnsupported
}

type infos []memfs.Info

// ListAt implements sftp.ListerAt.
func (l infos) ListAt(to []os.FileInfo, from int64) (int, error) {
	n := 0
	for n < len(to) && from+int64(n) < int64(len(l)) {
		to[n] = l[from+int64(n)]
		n++
	}
	if n < len(to) {
		return n, io.EOF
	}
	return n, nil
}

// upload is a file open for writing; closing it puts it on the record.
type upload struct {
	*memfs.File
	*session
	path string
}

// WriteAt writes, unless CutUpload ends the connection first.
func (u *upload) WriteAt(p []byte, off int64) (int, error) {
	if cut, ok := u.host.fault(CutUpload); ok {
		if left := u.host.upload(int64(len(p)), cut.Bytes); left < int64(len(p)) {
			u.File.WriteAt(p[:left], off)
			u.conn.Close()
			return int(left), syscall.EIO
		}
	}
	return u.File.WriteAt(p, off)
}

// upload counts bytes against a limit and tells how many of them still fit.
func (h *Host) upload(n, limit int64) int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	left := max(0, limit-h.uploaded)
	h.uploaded += n
	return min(n, left)
}

// Close records the file's content under the name it was opened by.
func (u *upload) Close() error {
	u.host.wrote(u.id, u.path)
	return nil
}
