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
	"time"
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

func uname(_ context.Context, p *Proc) int {
	switch strings.Join(p.Args, " ") {
	case "", "-s":
		fmt.Fprintln(p.Out, "Linux")
	case "-n":
		fmt.Fprintln(p.Out, p.Host)
	case "-m":
		fmt.Fprintln(p.Out, "x86_64")
	case "-a":
		fmt.Fprintf(p.Out, "Linux %s 4.18.0-553.el8_10.x86_64 #1 SMP x86_64 GNU/Linux\n", p.Host)
	default:
		return p.fail("invalid option -- '%s'", p.Args[0])
	}
	return 0
}

func id(_ context.Context, p *Proc) int {
	switch strings.Join(p.Args, " ") {
	case "":
		fmt.Fprintf(p.Out, "uid=501(%[1]s) gid=501(%[1]s) groups=501(%[1]s)\n", p.User)
	case "-u", "-g":
		fmt.Fprintln(p.Out, "501")
	case "-un", "-nu", "-u -n":
		fmt.Fprintln(p.Out, p.User)
	default:
		return p.fail("extra operand '%s'", p.Args[len(p.Args)-1])
	}
	return 0
}

func whoami(_ context.Context, p *Proc) int {
	fmt.Fprintln(p.Out, p.User)
	return 0
}

func hostname(_ context.Context, p *Proc) int {
	name, _, _ := strings.Cut(p.Host, ".")
	if slices.Contains(p.Args, "-f") {
		name = p.Host
	}
	fmt.Fprintln(p.Out, name)
	return 0
}

func date(_ context.Context, p *Proc) int {
	args := slices.DeleteFunc(slices.Clone(p.Args), func(a string) bool { return a == "-u" })
	now := time.Now().UTC()
	switch strings.Join(args, " ") {
	case "":
		fmt.Fprintln(p.Out, now.Format("Mon Jan _2 15:04:05 UTC 2006"))
	case "+%s":
		fmt.Fprintln(p.Out, now.Unix())
	case "+%s.%N":
		fmt.Fprintf(p.Out, "%d.%09d\n", now.Unix(), now.Nanosecond())
	case "+%FT%TZ", "+%Y-%m-%dT%H:%M:%SZ":
		fmt.Fprintln(p.Out, now.Format("2006-01-02T15:04:05Z"))
	default:
		return p.fail("invalid date '%s'", strings.Join(args, " "))
	}
	return 0
}
