package shell

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
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
