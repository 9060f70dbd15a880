package shell

import (
	"context"
	"errors"
	"path"
	"strings"
	"syscall"
)

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
