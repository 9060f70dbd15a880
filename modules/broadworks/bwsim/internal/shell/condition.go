package shell

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// stat prints a file by a format: -c or --format=, with the common directives.
func stat(_ context.Context, p *Proc) int {
	var format string
	var names []string
	for i := 0; i < len(p.Args); i++ {
		switch a := p.Args[i]; {
		case a == "-c" && i+1 < len(p.Args):
			i++
			format = p.Args[i]
		case strings.HasPrefix(a, "--format="):
			format = strings.TrimPrefix(a, "--format=")
		case strings.HasPrefix(a, "-") && a != "--" && a != "-L":
			return p.fail("invalid option -- '%s'", a)
		case a != "--" && a != "-L":
			names = append(names, a)
		}
	}
	if format == "" || len(names) == 0 {
		return p.fail("missing operand")
	}
	status := 0
	for _, name := range names {
		info, err := p.FS.Stat(p.abs(name))
		if err != nil {
			status = p.fail("cannot statx '%s': %s", name, reason(err))
			continue
		}
		kind := "regular file"
		if info.IsDir() {
			kind = "directory"
		} else if info.Size() == 0 {
			kind = "regular empty file"
		}
		fmt.Fprintln(p.Out, strings.NewReplacer("%%", "%", "%n", name, "%s", strconv.FormatInt(info.Size(), 10),
			"%a", strconv.FormatUint(uint64(info.Mode().Perm()), 8), "%A", info.Mode().String(),
			"%U", info.Owner(), "%G", info.Owner(), "%F", kind,
			"%Y", strconv.FormatInt(info.ModTime().Unix(), 10)).Replace(format))
	}
	return status
}

// test evaluates the unary and binary primaries and a leading "!".
func test(_ context.Context, p *Proc) int {
	args := p.Args
	if p.Name == "[" {
		if len(args) == 0 || args[len(args)-1] != "]" {
			p.fail("missing `]'")
			return 2
		}
		args = args[:len(args)-1]
	}
	negate := false
	if len(args) > 1 && args[0] == "!" {
		negate, args = true, args[1:]
	}
	holds, ok := p.primary(args)
	switch {
	case !ok:
		p.fail("%s: unexpected operator", strings.Join(args, " "))
		return 2
	case holds != negate:
		return 0
	}
	return 1
}

func (p *Proc) primary(args []string) (holds, ok bool) {
	switch len(args) {
	case 0:
		return false, true
	case 1:
		return args[0] != "", true
	case 2:
		return p.unary(args[0], args[1])
	case 3:
		return binary(args[0], args[1], args[2])
	}
	return false, false
}

func (p *Proc) unary(op, operand string) (holds, ok bool) {
	info, err := p.FS.Stat(p.abs(operand))
	switch op {
	case "-n":
		return operand != "", true
	case "-z":
		return operand == "", true
	case "-e":
		return err == nil, true
	case "-f":
		return err == nil && !info.IsDir(), true
	case "-d":
		return err == nil && info.IsDir(), true
	case "-s":
		return err == nil && info.Size() > 0, true
	case "-r":
		return err == nil && info.Mode()&0o400 != 0, true
	case "-w":
		return err == nil && info.Mode()&0o200 != 0, true
	case "-x":
		return err == nil && info.Mode()&0o100 != 0, true
	}
	return false, false
}

func binary(a, op, b string) (holds, ok bool) {
	switch op {
	case "=", "==":
		return a == b, true
	case "!=":
		return a != b, true
	}
	x, errX := strconv.Atoi(a)
	y, errY := strconv.Atoi(b)
	if errX != nil || errY != nil {
		return false, false
	}
	switch op {
	case "-eq":
		return x == y, true
	case "-ne":
		return x != y, true
	case "-lt":
		return x < y, true
	case "-le":
		return x <= y, true
	case "-gt":
		return x > y, true
	case "-ge":
		return x >= y, true
	}
	return false, false
}
