//go:build linux

package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// watch looks, while a program runs, at what every user of the machine could see of it: the arguments and the environment of
// its processes, and the files that it makes.
type watch struct {
	scan *scanner
	name string
	pid  int
	dirs []string
	stop chan struct{}
	done chan struct{}
}

// startWatch watches the process and its descendants until end is called.
func startWatch(s *scanner, name string, pid int, dirs ...string) *watch {
	w := &watch{s, name, pid, dirs, make(chan struct{}), make(chan struct{})}
	go func() {
		defer close(w.done)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			w.sample()
			select {
			case <-w.stop:
				return
			case <-tick.C:
			}
		}
	}()
	return w
}

func (w *watch) end() {
	close(w.stop)
	<-w.done
	w.sample() // the files that are left
}

func (w *watch) sample() {
	for _, pid := range append(children(w.pid), w.pid) {
		for _, what := range []string{"cmdline", "environ"} {
			if data, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, what)); err == nil {
				w.scan.look(w.name+": "+what+" of "+title(pid), data)
			}
		}
	}
	for _, dir := range w.dirs {
		lookInto(w.scan, w.name+": file ", dir)
	}
}

// lookInto searches the regular files below dir, and their names.
func lookInto(s *scanner, place, dir string) {
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // it went while we looked
		}
		s.look(place+"name", []byte(path))
		if d.Type().IsRegular() {
			if data, err := os.ReadFile(path); err == nil {
				s.look(place+path, data)
			}
		}
		return nil
	})
}

// children lists the descendants of a process.
func children(pid int) (out []int) {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range lists {
		text, _ := os.ReadFile(list)
		for _, field := range strings.Fields(string(text)) {
			if child, err := strconv.Atoi(field); err == nil {
				out = append(append(out, child), children(child)...)
			}
		}
	}
	return out
}

// title is what a process is, without what it was given: "muster", or "plugin broadworks".
func title(pid int) string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	argv := strings.Split(strings.TrimRight(string(text), "\x00"), "\x00")
	if len(argv) == 4 && argv[1] == "plugin" && argv[2] == "serve" {
		return "plugin " + argv[3]
	}
	return filepath.Base(argv[0])
}

// lookAtMemory searches the memory of a process that can be written, so what it holds and what it held until lately. It
// returns how many bytes that was.
func lookAtMemory(s *scanner, place string, pid int) (total int64) {
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return 0
	}
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return 0
	}
	defer mem.Close()
	overlap := int64(s.longest())
	buf := make([]byte, 1<<20)
	for _, line := range strings.Split(string(maps), "\n") {
		var from, to int64
		var mode string
		// The race detector maps terabytes that no program writes to.
		if n, _ := fmt.Sscanf(line, "%x-%x %s", &from, &to, &mode); n != 3 || !strings.HasPrefix(mode, "rw") || to-from > 1<<30 {
			continue
		}
		for at := from; at < to; at += int64(len(buf)) - overlap {
			n, err := mem.ReadAt(buf[:min(int64(len(buf)), to-at)], at)
			if n == 0 || err != nil {
				break
			}
			s.look(place, buf[:n])
			total += int64(n)
		}
	}
	return total
}
