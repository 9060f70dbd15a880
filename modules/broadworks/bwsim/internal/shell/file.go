package shell

import (
	"context"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

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
