package shell

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// options are the letters of all flags; operands is everything else.
func options(args []string) string {
	letters := ""
	for _, a := range args {
		if a == "--" {
			break
		}
		if len(a) > 1 && a[0] == '-' {
			letters += a[1:]
		}
	}
	return letters
}

func operands(args []string) []string {
	var list []string
	for i, a := range args {
		if a == "--" {
			return append(list, args[i+1:]...)
		}
		if len(a) < 2 || a[0] != '-' {
			list = append(list, a)
		}
	}
	return list
}

// parsed checks that only known flags were given and at least n operands.
func (p *Proc) parsed(known string, n int) (flags string, names []string, ok bool) {
	flags, names = options(p.Args), operands(p.Args)
	for _, letter := range flags {
		if !strings.ContainsRune(known, letter) {
			p.fail("invalid option -- '%c'", letter)
			return "", nil, false
		}
	}
	if len(names) < n {
		p.fail("missing operand")
		return "", nil, false
	}
	return flags, names, true
}

func ls(_ context.Context, p *Proc) int {
	flags, names, ok := p.parsed("l1aAd", 0)
	if !ok {
		return 2
	}
	if len(names) == 0 {
		names = []string{"."}
	}
	status := 0
	for _, name := range names {
		info, err := p.FS.Stat(p.abs(name))
		if err != nil {
			p.fail("cannot access '%s': %s", name, reason(err))
			status = 2
			continue
		}
		if !info.IsDir() || strings.Contains(flags, "d") {
			p.entry(flags, name, info, info.Owner())
			continue
		}
		entries, err := p.FS.List(p.abs(name))
		if err != nil {
			status = p.fail("cannot open directory '%s': %s", name, reason(err))
		}
		for _, e := range entries {
			if !strings.HasPrefix(e.Name(), ".") || strings.ContainsAny(flags, "aA") {
				p.entry(flags, e.Name(), e, e.Owner())
			}
		}
	}
	return status
}

func (p *Proc) entry(flags, name string, info fs.FileInfo, owner string) {
	if !strings.Contains(flags, "l") {
		fmt.Fprintln(p.Out, name)
		return
	}
	fmt.Fprintf(p.Out, "%s 1 %s %s %d %s %s\n", info.Mode(), owner, owner, info.Size(),
		info.ModTime().UTC().Format("Jan _2 15:04"), name)
}

func mkdir(_ context.Context, p *Proc) int {
	mode := fs.FileMode(0o777) &^ p.umask()
	if i := slices.Index(p.Args, "-m"); i >= 0 && i+1 < len(p.Args) {
		m, err := strconv.ParseUint(p.Args[i+1], 8, 9)
		if err != nil {
			return p.fail("invalid mode '%s'", p.Args[i+1])
		}
		mode, p.Args = fs.FileMode(m), slices.Delete(slices.Clone(p.Args), i, i+2)
	}
	flags, names, ok := p.parsed("p", 1)
	if !ok {
		return 1
	}
	status := 0
	for _, name := range names {
		make := p.FS.Mkdir
		if strings.Contains(flags, "p") {
			make = p.FS.MkdirAll
		}
		if err := make(p.abs(name), mode); err != nil {
			status = p.fail("cannot create directory '%s': %s", name, reason(err))
		}
	}
	return status
}

func rm(_ context.Context, p *Proc) int {
	flags, names, ok := p.parsed("frR", 0)
	if !ok {
		return 1
	}
	force := strings.Contains(flags, "f")
	if len(names) == 0 && !force {
		return p.fail("missing operand")
	}
	status := 0
	for _, name := range names {
		info, err := p.FS.Stat(p.abs(name))
		switch {
		case errors.Is(err, syscall.ENOENT) && force:
			continue
		case err == nil && info.IsDir() && !strings.ContainsAny(flags, "rR"):
			status = p.fail("cannot remove '%s': Is a directory", name)
			continue
		case err == nil:
			err = p.removeAll(p.abs(name))
		}
		if err != nil {
			status = p.fail("cannot remove '%s': %s", name, reason(err))
		}
	}
	return status
}

func (p *Proc) removeAll(at string) error {
	entries, err := p.FS.List(at)
	if err == nil {
		for _, e := range entries {
			if err := p.removeAll(path.Join(at, e.Name())); err != nil {
				return err
			}
		}
	}
	if err := p.FS.Remove(at); err != nil {
		return err
	}
	if p.Removed != nil {
		p.Removed(at)
	}
	return nil
}

func rmdir(_ context.Context, p *Proc) int {
	_, names, ok := p.parsed("", 1)
	if !ok {
		return 1
	}
	status := 0
	for _, name := range names {
		info, err := p.FS.Stat(p.abs(name))
		if err == nil && !info.IsDir() {
			status = p.fail("failed to remove '%s': Not a directory", name)
			continue
		}
		if err == nil {
			err = p.FS.Remove(p.abs(name))
		}
		if err != nil {
			status = p.fail("failed to remove '%s': %s", name, reason(err))
		}
	}
	return status
}

// target is where mv and cp put a source: below a directory, or the name itself.
func (p *Proc) target(source, to string) string {
	if info, err := p.FS.Stat(p.abs(to)); err == nil && info.IsDir() {
		return path.Join(p.abs(to), path.Base(source))
	}
	return p.abs(to)
}

func mv(_ context.Context, p *Proc) int {
	_, names, ok := p.parsed("fT", 2)
	if !ok || len(names) > 2 {
		return 1
	}
	to := p.target(names[0], names[1])
	if err := p.FS.Rename(p.abs(names[0]), to); err != nil {
		return p.fail("cannot move '%s' to '%s': %s", names[0], names[1], reason(err))
	}
	if p.Renamed != nil {
		p.Renamed(p.abs(names[0]), to)
	}
	return 0
}

func cp(_ context.Context, p *Proc) int {
	_, names, ok := p.parsed("fp", 2)
	if !ok || len(names) > 2 {
		return 1
	}
	data, err := p.FS.ReadFile(p.abs(names[0]))
	if err != nil {
		return p.fail("cannot stat '%s': %s", names[0], reason(err))
	}
	to := p.target(names[0], names[1])
	if err := p.FS.WriteFile(to, data, 0o666&^p.umask()); err != nil {
		return p.fail("error writing '%s': %s", names[1], reason(err))
	}
	p.wrote(to)
	return 0
}

func chmod(_ context.Context, p *Proc) int {
	_, names, ok := p.parsed("", 2)
	if !ok {
		return 1
	}
	mode, err := strconv.ParseUint(names[0], 8, 12)
	if err != nil {
		return p.fail("invalid mode: '%s'", names[0])
	}
	status := 0
	for _, name := range names[1:] {
		if err := p.FS.Chmod(p.abs(name), fs.FileMode(mode)); err != nil {
			status = p.fail("changing permissions of '%s': %s", name, reason(err))
		}
	}
	return status
}

func touch(_ context.Context, p *Proc) int {
	_, names, ok := p.parsed("", 1)
	if !ok {
		return 1
	}
	status := 0
	for _, name := range names {
		if _, err := p.FS.Stat(p.abs(name)); err == nil {
			p.FS.Chtimes(p.abs(name), time.Now())
			continue
		}
		if err := p.FS.WriteFile(p.abs(name), nil, 0o666&^p.umask()); err != nil {
			status = p.fail("cannot touch '%s': %s", name, reason(err))
			continue
		}
		p.wrote(p.abs(name))
	}
	return status
}
