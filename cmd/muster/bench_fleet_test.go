package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

// The files of a benchmark's fleet that WriteLab does not write.
const (
	hostsFile  = "hosts.json"  // SSH addresses by name, there before the fleet says that it is ready
	recordFile = "record.json" // what the fleet saw, there when its process has ended
)

// benchFleet is the program bench-fleet: a simulated fleet in a process of its own, so that what the simulator costs is
// not taken for the controller's. It serves until its standard input is closed.
//
//	bench-fleet DIR AS XSP
func benchFleet() {
	if err := serveFleet(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "bench-fleet:", err)
		os.Exit(1)
	}
}

func serveFleet(dir, as, xsp string) error {
	o := bwsim.Options{Sites: []string{"fra", "muc"}}
	var err error
	if o.ASCount, err = strconv.Atoi(as); err != nil {
		return err
	}
	if o.XSPCount, err = strconv.Atoi(xsp); err != nil {
		return err
	}
	f, err := bwsim.Start(context.Background(), o)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := bwsim.WriteLab(dir, f); err != nil {
		return err
	}
	hosts := map[string]string{}
	for _, h := range f.Hosts() {
		hosts[h.Name()] = h.SSHAddr()
	}
	if err := writeJSON(filepath.Join(dir, hostsFile), hosts); err != nil {
		return err
	}
	fmt.Println("ready")
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	return writeJSON(filepath.Join(dir, recordFile), f.Record())
}

func writeJSON(path string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return os.WriteFile(path, b, 0o600)
}

func readJSON[T any](b *testing.B, path string) T {
	b.Helper()
	var v T
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &v)
	}
	if err != nil {
		b.Fatal(err)
	}
	return v
}

// rig is a running bench-fleet and its lab.
type rig struct {
	dir   string
	hosts map[string]string
	cmd   *exec.Cmd
	stdin io.Closer
	errs  bytes.Buffer
}

// startRig starts a fresh fleet, since a run leaves nothing to do for the next one.
func startRig(b *testing.B, as, xsp int) *rig {
	b.Helper()
	r := &rig{dir: b.TempDir()}
	r.cmd = exec.Command(lookPath(b, "bench-fleet"), r.dir, strconv.Itoa(as), strconv.Itoa(xsp))
	r.cmd.Stderr = &r.errs
	stdin, err := r.cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := r.cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	r.stdin = stdin
	if err := r.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil || line != "ready\n" {
		_ = r.cmd.Wait()
		b.Fatalf("bench-fleet: %q, %v\n%s", line, err, r.errs.String())
	}
	r.hosts = readJSON[map[string]string](b, filepath.Join(r.dir, hostsFile))
	return r
}

// stop ends the fleet and returns what each host saw, in order.
func (r *rig) stop(b *testing.B) map[string][]bwsim.Event {
	b.Helper()
	_ = r.stdin.Close()
	if err := r.cmd.Wait(); err != nil {
		b.Fatalf("bench-fleet: %v\n%s", err, r.errs.String())
	}
	seen := map[string][]bwsim.Event{}
	for _, e := range readJSON[[]bwsim.Event](b, filepath.Join(r.dir, recordFile)) {
		seen[e.Host] = append(seen[e.Host], e)
	}
	return seen
}

func lookPath(b *testing.B, name string) string {
	b.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		b.Fatal(err)
	}
	return path
}
