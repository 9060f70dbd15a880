package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A real file system that is full: MUSTER_SMALL_DISK names a directory on one of a few megabytes, such as a tmpfs with a size.
func TestSmallDisk(t *testing.T) {
	dir := os.Getenv("MUSTER_SMALL_DISK")
	if dir == "" {
		t.Skip("MUSTER_SMALL_DISK is not set")
	}
	s, err := Open(filepath.Join(dir, fmt.Sprint("state", os.Getpid())))
	if err != nil {
		t.Fatal(err)
	}
	w, err := s.Create(sampleBegin(), sampleProcess())
	if err != nil {
		t.Fatal(err)
	}
	filler := fillUp(t, filepath.Join(dir, "filler"))
	text, ends := strings.Repeat("x", 3000), 0
	for i := range 200 {
		err := w.Wait(t.Context(), w.Append(Record{Outcome: &Outcome{Node: fmt.Sprint(i), Outcome: "ok", Reason: text}}))
		if err != nil {
			t.Fatalf("outcome %d: %v", i, err)
		}
		ends++
	}
	if err := w.Wait(t.Context(), w.Append(Record{Intent: &Intent{Node: "n", Attempt: 1}})); !errors.Is(err, ErrFull) {
		t.Errorf("an intent: %v", err)
	}
	if err := w.Close(); !errors.Is(err, ErrFull) {
		t.Errorf("closed: %v", err)
	}
	fillUp(t, filepath.Join(dir, "filler2"))
	if _, err := s.Create(sampleBegin(), sampleProcess()); !errors.Is(err, ErrFull) {
		t.Errorf("created: %v", err)
	}
	if err := errors.Join(os.Remove(filler), os.Remove(filepath.Join(dir, "filler2"))); err != nil {
		t.Fatal(err)
	}
	w, st, err := s.Continue(1, sampleProcess())
	if err != nil || len(st.Nodes) != ends {
		t.Fatalf("continue: %v", err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// fillUp leaves no byte free.
func fillUp(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		if isFull(err) {
			return path
		}
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; size /= 2 {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
		var p *fs.PathError
		if !errors.As(err, &p) || !isFull(err) {
			t.Fatal(err)
		}
	}
	_ = f.Sync() // what it says of a full disk is of no interest
	return path
}
