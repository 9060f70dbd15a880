// Package shell is the small part of bash that a program needs on a simulated
// host: simple commands, quotes, variables, pipes, lists and redirection, and
// the POSIX commands that go with files. It has no control structures, no
// substitution of commands and no background jobs; using them is an error.
package shell

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/memfs"
)

// Shell is one shell of one login. It is for one goroutine.
type Shell struct {
	FS   *memfs.FS
	User string
	Host string
	Dir  string
	Vars map[string]string
	// Commands are the host's own, found by name or below a directory of Path.
	Commands map[string]Command
	// Path lists the directories that Commands may also be called from.
	Path []string
	// Wrote, Renamed and Removed are told of every change to a file.
	Wrote, Removed func(path string)
	Renamed        func(from, to string)

	status int
	exited bool
}

// Command runs a command and returns its exit status.
type Command func(ctx context.Context, p *Proc) int

// Proc is one command being run.
type Proc struct {
	*Shell
	Args []string // without the command's name
	Name string
	In   io.Reader
	Out  io.Writer
	Err  io.Writer
}

// fail prints "name: text" as commands do and returns status 1.
func (p *Proc) fail(format string, args ...any) int {
	fmt.Fprintf(p.Err, p.Name+": "+format+"\n", args...)
	return 1
}

// Exited tells whether exit or exec ended the shell.
func (s *Shell) Exited() bool { return s.exited }

// Status is the last exit status.
func (s *Shell) Status() int { return s.status }

// Run executes a line or a script and returns its exit status. An Incomplete
// error means that a quote is still open; nothing was run then.
func (s *Shell) Run(ctx context.Context, script string, in io.Reader, out, err io.Writer) (int, error) {
	list, perr := parse(script)
	if perr == ErrIncomplete {
		return 2, perr
	}
	if perr != nil {
		fmt.Fprintf(err, "bash: %v\n", perr)
		s.status = 2
		return s.status, nil
	}
	for _, item := range list {
		if s.exited || ctx.Err() != nil {
			break
		}
		if item.op == "&&" && s.status != 0 || item.op == "||" && s.status == 0 {
			continue
		}
		s.status = s.pipeline(ctx, item.pipe, in, out, err)
	}
	return s.status, nil
}

// pipeline runs commands one after the other, each reading what the one before
// it printed.
func (s *Shell) pipeline(ctx context.Context, pipe []simple, in io.Reader, out, err io.Writer) int {
	status := 0
	for i, c := range pipe {
		var next bytes.Buffer
		to := out
		if i < len(pipe)-1 {
			to = &next
		}
		status = s.simple(ctx, c, in, to, err)
		in = &next
	}
	return status
}

// simple runs one command with its assignments and redirections.
func (s *Shell) simple(ctx context.Context, c simple, in io.Reader, out, errw io.Writer) int {
	argv, assigned := s.expand(c.words)
	files, err := s.redirect(c.redirects, in, out, errw)
	if err != nil {
		fmt.Fprintf(errw, "bash: %v\n", err)
		return 1
	}
	status := 0
	if len(argv) == 0 {
		for name, value := range assigned {
			s.Vars[name] = value
		}
	} else {
		status = s.call(ctx, argv, files)
	}
	files.close()
	return status
}

// call finds a command: built in, the host's own, or none.
func (s *Shell) call(ctx context.Context, argv []string, f *files) int {
	name := argv[0]
	command := s.find(name)
	if command == nil {
		fmt.Fprintf(f.err, "bash: %s: command not found\n", name)
		return 127
	}
	return command(ctx, &Proc{Shell: s, Name: name, Args: argv[1:], In: f.in, Out: f.out, Err: f.err})
}

func (s *Shell) find(name string) Command {
	if c, ok := builtins[name]; ok {
		return c
	}
	if c, ok := s.Commands[name]; ok {
		return c
	}
	for _, dir := range append([]string{"/bin", "/usr/bin"}, s.Path...) {
		base, ok := cutDir(name, dir)
		if !ok {
			continue
		}
		if c, ok := builtins[base]; ok && (dir == "/bin" || dir == "/usr/bin") {
			return c
		}
		if c, ok := s.Commands[base]; ok {
			return c
		}
	}
	return nil
}

func cutDir(name, dir string) (string, bool) {
	if len(name) > len(dir)+1 && name[:len(dir)+1] == dir+"/" {
		return name[len(dir)+1:], true
	}
	return "", false
}
