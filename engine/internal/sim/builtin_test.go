package sim

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

// errFalse is a test that does not hold: it says nothing.
var errFalse = errors.New("false")

// builtin is one command of the few.
func (sh *shell) builtin(argv []string, out io.Writer) error {
	d := sh.host.disk
	args := argv[1:]
	flags := ""
	for len(args) > 0 && strings.HasPrefix(args[0], "-") && argv[0] != "test" {
		flags += args[0][1:]
		args = args[1:]
	}
	switch argv[0] {
	case "umask", "true":
		return nil
	case "cd":
		return sh.cd(args)
	case "echo":
		_, err := fmt.Fprintln(out, strings.Join(args, " "))
		return err
	case "date":
		_, err := fmt.Fprintln(out, sh.host.now().Unix())
		return err
	case "cat":
		return sh.cat(args, out)
	case "ls":
		found, err := d.list(sh.path(args[0]))
		for _, f := range found {
			fmt.Fprintln(out, f.Name())
		}
		return err
	case "test":
		return sh.test(args)
	}
	return sh.alter(argv[0], flags, args)
}

// alter is a command that changes the disk.
func (sh *shell) alter(name, flags string, args []string) error {
	d := sh.host.disk
	switch name {
	case "mkdir":
		err := d.mkdir(sh.path(args[0]))
		if err == fs.ErrExist && flags == "p" {
			return nil
		}
		return err
	case "rmdir":
		return d.remove(sh.path(args[0]), true)
	case "rm":
		for _, a := range args {
			sh.remove(sh.path(a), strings.Contains(flags, "r"))
		}
		return nil
	case "mv":
		from, to := sh.path(args[0]), sh.path(args[1])
		if there, err := d.stat(to); err == nil && there.IsDir() {
			to = path.Join(to, path.Base(from))
		}
		err := d.rename(from, to, true)
		if err == nil {
			sh.note("lease", path.Base(from)+" -> "+path.Base(to))
		}
		return err
	}
	return errors.New("command not found")
}

func (sh *shell) cd(args []string) error {
	if len(args) == 0 {
		sh.dir = home
		return nil
	}
	to := sh.path(args[0])
	if there, err := sh.host.disk.stat(to); err != nil || !there.IsDir() {
		return fs.ErrNotExist
	}
	sh.dir = to
	return nil
}

func (sh *shell) cat(args []string, out io.Writer) error {
	if len(args) == 0 {
		_, err := io.Copy(out, sh.stdin)
		return err
	}
	text, ok := sh.host.disk.get(sh.path(args[0]))
	if !ok {
		return fs.ErrNotExist
	}
	_, err := io.WriteString(out, text)
	return err
}

func (sh *shell) test(args []string) error {
	want := true
	if args[0] == "!" {
		want, args = false, args[1:]
	}
	there, err := sh.host.disk.stat(sh.path(args[1]))
	holds := err == nil
	switch args[0] {
	case "-d":
		holds = holds && there.IsDir()
	case "-s":
		holds = holds && there.Size() > 0
	}
	if holds != want {
		return errFalse
	}
	return nil
}

func (sh *shell) remove(name string, all bool) {
	d := sh.host.disk
	if all {
		d.mu.Lock()
		for _, p := range d.below(name) {
			delete(d.nodes, p)
		}
		d.mu.Unlock()
	}
	if there, err := d.stat(name); err == nil {
		_ = d.remove(name, there.IsDir())
	}
}
