package bwsim

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
)

// ReadFile returns a file of the host. Its error is an *fs.PathError.
func (h *Host) ReadFile(path string) ([]byte, error) { return h.fs.ReadFile(path) }

// WriteFile puts a file on the host with mode 0644, making its directories.
func (h *Host) WriteFile(name string, data []byte) error {
	if err := h.fs.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	return h.fs.WriteFile(name, data, 0o644)
}

// Files lists every regular file below dir, sorted.
func (h *Host) Files(dir string) []string { return h.fs.Files(dir) }

// wrote records a file's new content.
func (h *Host) wrote(session int, name string) {
	data, err := h.fs.ReadFile(name)
	if err != nil {
		return // gone again, or not to be read: there is no content to tell
	}
	sum := sha256.Sum256(data)
	h.record(Event{Kind: FileWrite, Session: session, Path: name, Size: int64(len(data)), SHA256: hex.EncodeToString(sum[:])})
}
