package shell

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// builtins are the commands that every host has.
var builtins map[string]Command

// init breaks the cycle between the table and the commands that run others.
func init() {
	builtins = map[string]Command{
		":": succeed, "true": succeed, "sync": succeed, "stty": succeed, "clear": succeed,
		"set": succeed, "false": func(context.Context, *Proc) int { return 1 },
		"cd": cd, "pwd": pwd, "export": export, "unset": unset, "umask": umask, "exit": exit,
		"exec": execute, "sh": script, "bash": script, "command": command, "which": which,
		"uname": uname, "id": id, "whoami": whoami, "hostname": hostname, "date": date,
		"echo": echo, "printf": printf, "cat": cat, "grep": grep, "head": head, "wc": wc,
		"ls": ls, "mkdir": mkdir, "rm": rm, "rmdir": rmdir, "mv": mv, "cp": cp, "chmod": chmod,
		"touch": touch, "stat": stat, "sha256sum": sha256sum, "test": test, "[": test,
	}
}

func succeed(context.Context, *Proc) int { return 0 }

func cd(_ context.Context, p *Proc) int {
	dir := p.Vars["HOME"]
	if len(p.Args) > 0 {
		dir = p.Args[0]
	}
	info, err := p.FS.Stat(p.abs(dir))
	switch {
	case err != nil:
		fmt.Fprintf(p.Err, "bash: cd: %s: %s\n", dir, reason(err))
		return 1
	case !info.IsDir():
		fmt.Fprintf(p.Err, "bash: cd: %s: Not a directory\n", dir)
		return 1
	}
	p.Dir = p.abs(dir)
	return 0
}

func pwd(_ context.Context, p *Proc) int {
	fmt.Fprintln(p.Out, p.Dir)
	return 0
}

func export(_ context.Context, p *Proc) int {
	if len(p.Args) == 0 {
		for _, name := range slices.Sorted(maps.Keys(p.Vars)) {
			fmt.Fprintf(p.Out, "declare -x %s=%q\n", name, p.Vars[name])
		}
	}
	for _, arg := range p.Args {
		if name, value, ok := strings.Cut(arg, "="); ok {
			p.Vars[name] = value
		}
	}
	return 0
}

func unset(_ context.Context, p *Proc) int {
	for _, name := range p.Args {
		delete(p.Vars, name)
	}
	return 0
}

// umaskVar keeps the mask beside the variables; no name can clash with it.
const umaskVar = "=umask"

func (s *Shell) umask() fs.FileMode {
	mask, err := strconv.ParseUint(s.Vars[umaskVar], 8, 9)
	if err != nil {
		return 0o022
	}
	return fs.FileMode(mask)
}

func umask(_ context.Context, p *Proc) int {
	if len(p.Args) == 0 {
		fmt.Fprintf(p.Out, "%04o\n", p.umask())
		return 0
	}
	if _, err := strconv.ParseUint(p.Args[0], 8, 9); err != nil {
		return p.fail("%s: octal number out of range", p.Args[0])
	}
	p.Vars[umaskVar] = p.Args[0]
	return 0
}

func exit(_ context.Context, p *Proc) int {
	p.exited = true
	if len(p.Args) == 0 {
		return p.status
	}
	n, err := strconv.Atoi(p.Args[0])
	if err != nil {
		p.fail("%s: numeric argument required", p.Args[0])
		return 2
	}
	return n & 0xff
}

func execute(ctx context.Context, p *Proc) int {
	if len(p.Args) == 0 {
		return 0
	}
	status := p.call(ctx, p.Args, &files{in: p.In, out: p.Out, err: p.Err})
	p.exited = true
	return status
}

// script is sh and bash: with -c a script in its own shell, else the input.
func script(ctx context.Context, p *Proc) int {
	sub := *p.Shell
	sub.Vars = maps.Clone(p.Vars)
	var text string
	switch {
	case len(p.Args) >= 2 && strings.HasPrefix(p.Args[0], "-") && strings.HasSuffix(p.Args[0], "c"):
		text = p.Args[1]
	case len(p.Args) == 0 || p.Args[0] == "-s":
		data, err := io.ReadAll(p.In)
		if err != nil {
			return p.fail("%v", err)
		}
		text = string(data)
	default:
		return p.fail("%s: No such file or directory", p.Args[0])
	}
	status, err := sub.Run(ctx, text, bytes.NewReader(nil), p.Out, p.Err)
	if err != nil {
		p.fail("-c: %v", err)
	}
	return status
}

func command(ctx context.Context, p *Proc) int {
	if len(p.Args) > 1 && p.Args[0] == "-v" {
		p.Args = p.Args[1:]
		return which(ctx, p)
	}
	if len(p.Args) == 0 {
		return 0
	}
	return p.call(ctx, p.Args, &files{in: p.In, out: p.Out, err: p.Err})
}

func which(_ context.Context, p *Proc) int {
	status := 0
	for _, name := range p.Args {
		switch {
		case p.Commands[name] != nil && len(p.Path) > 0:
			fmt.Fprintln(p.Out, p.Path[0]+"/"+name)
		case p.find(name) != nil:
			fmt.Fprintln(p.Out, "/usr/bin/"+name)
		default:
			status = 1
		}
	}
	return status
}
