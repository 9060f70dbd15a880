package shell

import (
	"context"
	"io"
	"regexp"
	"strconv"
	"strings"
)

func echo(_ context.Context, p *Proc) int {
	args, end := p.Args, "\n"
	if len(args) > 0 && args[0] == "-n" {
		args, end = args[1:], ""
	}
	if _, err := io.WriteString(p.Out, strings.Join(args, " ")+end); err != nil {
		return p.fail("write error: %s", reason(err))
	}
	return 0
}

var directive = regexp.MustCompile(`%%|%s|%d|%b`)

// printf repeats its format while arguments are left, as POSIX has it.
func printf(_ context.Context, p *Proc) int {
	args := p.Args
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		return p.fail("usage: printf format [arguments]")
	}
	format, args := unescape(args[0]), args[1:]
	var b strings.Builder
	for {
		left := len(args)
		b.WriteString(directive.ReplaceAllStringFunc(format, func(d string) string {
			if d == "%%" {
				return "%"
			}
			value := ""
			if len(args) > 0 {
				value, args = args[0], args[1:]
			}
			switch d {
			case "%b":
				return unescape(value)
			case "%d":
				n, _ := strconv.Atoi(value)
				return strconv.Itoa(n)
			}
			return value
		}))
		if len(args) == 0 || len(args) == left {
			break
		}
	}
	if _, err := io.WriteString(p.Out, b.String()); err != nil {
		return p.fail("write error: %s", reason(err))
	}
	return 0
}

var escapes = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\t`, "\t", `\r`, "\r", `\0`, "\x00",
	`\033`, "\x1b", `\e`, "\x1b", `\"`, `"`, `\'`, `'`)

func unescape(s string) string { return escapes.Replace(s) }
