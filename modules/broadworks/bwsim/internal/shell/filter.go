package shell

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// inputs reads the named files, or the standard input when there are none.
func (p *Proc) inputs(names []string) (data [][]byte, status int) {
	if len(names) == 0 {
		names = []string{"-"}
	}
	for _, name := range names {
		var content []byte
		var err error
		if name == "-" {
			content, err = io.ReadAll(p.In)
		} else if info, serr := p.FS.Stat(p.abs(name)); serr == nil && info.IsDir() {
			status = p.fail("%s: Is a directory", name)
			continue
		} else {
			content, err = p.FS.ReadFile(p.abs(name))
		}
		if err != nil {
			status = p.fail("%s: %s", name, reason(err))
			continue
		}
		data = append(data, content)
	}
	return data, status
}

func cat(_ context.Context, p *Proc) int {
	data, status := p.inputs(operands(p.Args))
	if _, err := p.Out.Write(bytes.Join(data, nil)); err != nil {
		return p.fail("write error: %s", reason(err))
	}
	return status
}

func sha256sum(_ context.Context, p *Proc) int {
	names, status := operands(p.Args), 0
	if len(names) == 0 {
		names = []string{"-"}
	}
	for _, name := range names {
		data, failed := p.inputs([]string{name})
		if failed != 0 {
			status = failed
			continue
		}
		fmt.Fprintf(p.Out, "%x  %s\n", sha256.Sum256(data[0]), name)
	}
	return status
}

func grep(_ context.Context, p *Proc) int {
	flags := options(p.Args)
	names := operands(p.Args)
	if len(names) == 0 {
		return p.fail("usage: grep [OPTION]... PATTERN [FILE]...") + 1
	}
	pattern := names[0]
	if strings.Contains(flags, "F") {
		pattern = regexp.QuoteMeta(pattern)
	}
	if strings.Contains(flags, "i") {
		pattern = "(?i)" + pattern
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return p.fail("invalid regular expression") + 1
	}
	data, status := p.inputs(names[1:])
	if status != 0 {
		return 2
	}
	count := 0
	for line := range strings.Lines(string(bytes.Join(data, nil))) {
		if re.MatchString(strings.TrimSuffix(line, "\n")) == strings.Contains(flags, "v") {
			continue
		}
		count++
		if !strings.ContainsAny(flags, "qc") {
			io.WriteString(p.Out, line)
		}
	}
	if strings.Contains(flags, "c") {
		fmt.Fprintln(p.Out, count)
	}
	if count == 0 {
		return 1
	}
	return 0
}

func head(_ context.Context, p *Proc) int {
	limit, names := 10, p.Args
	if len(names) > 1 && names[0] == "-n" {
		names = append([]string{"-" + names[1]}, names[2:]...)
	}
	if len(names) > 0 && strings.HasPrefix(names[0], "-") {
		n, err := strconv.Atoi(names[0][1:])
		if err != nil {
			return p.fail("invalid number of lines: '%s'", names[0][1:])
		}
		limit, names = n, names[1:]
	}
	data, status := p.inputs(names)
	for line := range strings.Lines(string(bytes.Join(data, nil))) {
		if limit--; limit < 0 {
			break
		}
		io.WriteString(p.Out, line)
	}
	return status
}

func wc(_ context.Context, p *Proc) int {
	data, status := p.inputs(operands(p.Args))
	all := bytes.Join(data, nil)
	switch options(p.Args) {
	case "l":
		fmt.Fprintln(p.Out, bytes.Count(all, []byte("\n")))
	case "c":
		fmt.Fprintln(p.Out, len(all))
	default:
		return p.fail("only -l and -c")
	}
	return status
}
