package planfile

import (
	"bytes"
	"compress/gzip"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/muster-run/muster/engine/diag"
)

// Write saves a plan: readable by its user only, and whole or not at all. An older plan of that name is replaced, any other
// file is not.
func Write(path string, f *File, k Key) diag.Diagnostics {
	out := *f
	out.Version = Version
	body, err := pack(&out)
	if err != nil {
		return unwritable(path, err)
	}
	if _, err := os.Lstat(path); err == nil && !Is(path) {
		return refuse(diag.FileUnwritable, path, "is there and is no saved plan", "It would be lost.", "Give another name to -o, or move the file away.")
	}
	h := header{version: strconv.Itoa(Version), key: keyName(k)}
	h.seal = seal(k, h, body)
	if err := replace(path, append([]byte(h.line()), body...)); err != nil {
		return unwritable(path, err)
	}
	return nil
}

func pack(f *File) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if err := json.NewEncoder(z).Encode(f); err != nil {
		return nil, fmt.Errorf("planfile: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("planfile: %w", err)
	}
	return b.Bytes(), nil
}

// replace writes beside the path and renames: a reader sees the old file or the new one.
func replace(path string, data []byte) error {
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, ".muster-plan-*") // made with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // there is nothing left to remove once it was renamed
	_, err = tmp.Write(data)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Read opens a saved plan and refuses one of which a single byte is not as it was written.
func Read(path string, k Key) (*File, diag.Diagnostics) {
	file, err := open(path)
	if err != nil {
		return nil, diag.Diagnostics{{Code: diag.FileUnreadable, Summary: fmt.Sprintf("plan %q cannot be read", path), Detail: systemSays(err), Advice: "Check the path.", Source: path}}
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, mostBytes+1))
	if err != nil {
		return nil, diag.Diagnostics{{Code: diag.FileUnreadable, Summary: fmt.Sprintf("plan %q cannot be read", path), Detail: systemSays(err), Advice: "Check the disk.", Source: path}}
	}
	h, body, ok := split(data)
	const again = "Make it again: muster plan -o FILE."
	switch {
	case !ok:
		return nil, refuse(diag.PlanFileRefused, path, "is no saved plan", "It does not begin as one.", "Give a file that muster plan -o made, or a playbook.")
	case h.version != strconv.Itoa(Version):
		return nil, refuse(diag.PlanFileRefused, path, "has another format", fmt.Sprintf("It says version %s; this muster reads version %d.", strconv.Quote(h.version), Version), again)
	case h.key != keyName(k):
		return nil, refuse(diag.PlanFileRefused, path, "is not sealed with your key", "Another user made it, or you on another machine, or its first line was changed.", again)
	case subtle.ConstantTimeCompare([]byte(seal(k, h, body)), []byte(h.seal)) != 1:
		return nil, refuse(diag.PlanFileRefused, path, "is not as it was saved", "Its seal does not fit its content: the file was changed, or cut off.", again)
	}
	f, err := unpack(body)
	if err != nil {
		return nil, refuse(diag.PlanFileRefused, path, "cannot be read", err.Error(), again)
	}
	return f, nil
}

func unpack(body []byte) (*File, error) {
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("planfile: %w", err)
	}
	var f File
	if err := json.NewDecoder(z).Decode(&f); err != nil {
		return nil, fmt.Errorf("planfile: %w", err)
	}
	return &f, z.Close()
}

func refuse(code, path, what, detail, advice string) diag.Diagnostics {
	return diag.Diagnostics{{Code: code, Summary: fmt.Sprintf("%q %s", path, what), Detail: detail, Advice: advice, Source: path}}
}

func unwritable(path string, err error) diag.Diagnostics {
	return refuse(diag.FileUnwritable, path, "cannot be written", systemSays(err), "Choose a directory that you may write to and that has room.")
}

func systemSays(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return fmt.Sprintf("The system answers: %s.", err)
}
