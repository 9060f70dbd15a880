package shell

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

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
