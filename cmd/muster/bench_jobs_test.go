package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

// translator writes the loop's jobs for one fleet from what another fleet saw of a muster run: the same lines and files,
// with the addresses and certificates of the fleet that the loop works on.
type translator struct {
	from, to *rig
	names    map[string]string // what a lab's file holds, by digest, in from
	contents map[string][]byte // the same names, in to
}

func translate(b *testing.B, from, to *rig, seen map[string][]bwsim.Event) []job {
	b.Helper()
	t := translator{from, to, map[string]string{}, labContents(b, to.dir)}
	for name, content := range labContents(b, from.dir) {
		t.names[digest(content)] = name
	}
	var jobs []job
	for host, events := range seen {
		steps, err := t.steps(host, events)
		if err != nil {
			b.Fatalf("%s: %v", host, err)
		}
		jobs = append(jobs, job{Addr: to.hosts[host], Steps: steps})
	}
	slices.SortFunc(jobs, func(x, y job) int { return strings.Compare(x.Addr, y.Addr) })
	return jobs
}

func (t *translator) steps(host string, events []bwsim.Event) ([]step, error) {
	oldAddr, _, _ := net.SplitHostPort(t.from.hosts[host])
	newAddr, _, _ := net.SplitHostPort(t.to.hosts[host])
	move := func(s string) string { return strings.ReplaceAll(s, oldAddr, newAddr) }
	var steps []step
	var wrote bwsim.Event
	inside := false // bwcli is running
	for _, e := range events {
		switch e.Kind {
		case bwsim.Command:
			if e.Context == "$" && inside {
				steps, inside = append(steps, step{Type: "exit;y", Until: "$ "}), false
			}
			s, err := typed(e)
			if err != nil {
				return nil, err
			}
			inside = s.Until != "$ "
			s.Type = move(s.Type)
			steps = append(steps, s)
		case bwsim.FileWrite:
			wrote = e
		case bwsim.FileRename: // the tool's writes are of temporary names
			content, err := t.content(wrote)
			if err != nil {
				return nil, err
			}
			steps = append(steps, step{Write: move(e.Path), Content: content})
		case bwsim.FileRemove:
			steps = append(steps, step{Remove: move(e.Path)})
		}
	}
	return steps, nil
}

// typed is a recorded command with the prompt that follows it.
func typed(e bwsim.Event) (step, error) {
	root, _, _ := strings.Cut(e.Context, "/")
	to, cd := strings.CutPrefix(e.Text, "cd ")
	switch {
	case e.Context == "exec":
		return step{}, fmt.Errorf("%q was not typed: the loop has one session only", e.Text)
	case e.Context == "$" && e.Text == "bwcli":
		return step{Type: e.Text, Until: "_CLI> "}, nil
	case e.Context == "$":
		return step{Type: e.Text, Until: "$ "}, nil
	case cd:
		return step{Type: e.Text, Until: root + to + "> "}, nil
	}
	return step{Type: e.Text, Until: e.Context + "> "}, nil
}

// content is the other fleet's counterpart of what was written. A marker that the tool left has none: of those only the
// size matters.
func (t *translator) content(wrote bwsim.Event) ([]byte, error) {
	if name, ok := t.names[wrote.SHA256]; ok {
		return t.contents[name], nil
	}
	if strings.Contains(wrote.Path, "/.muster/") {
		return bytes.Repeat([]byte("x"), int(wrote.Size)), nil
	}
	return nil, fmt.Errorf("%s: %d bytes that are in no file of the lab", wrote.Path, wrote.Size)
}

// labContents are the files of a lab and the PEM blocks in each, by names that are the same in every lab.
func labContents(b *testing.B, dir string) map[string][]byte {
	b.Helper()
	all := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(path, dir)
		all[name] = text
		for i := 0; ; i++ {
			var block *pem.Block
			if block, text = pem.Decode(text); block == nil {
				return nil
			}
			all[fmt.Sprintf("%s#%d", name, i)] = pem.EncodeToMemory(block)
		}
	})
	if err != nil {
		b.Fatal(err)
	}
	return all
}

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
