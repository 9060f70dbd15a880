package cli

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// script is a terminal on which everything was typed beforehand.
type script struct {
	strings.Builder
	lines []string
}

func (s *script) Ask(prompt string, secret bool) (string, error) {
	s.WriteString(prompt)
	if len(s.lines) == 0 {
		return "", io.EOF
	}
	line := s.lines[0]
	s.lines = s.lines[1:]
	if !secret {
		s.WriteString(line)
	}
	s.WriteString("\n")
	return line, nil
}

// plain words every problem by its name.
type plain struct{}

func (plain) Prompt(p string) string { return p }
func (plain) Ambiguous(word string, among []string) string {
	return fmt.Sprint("ambiguous ", word, " ", among)
}
func (plain) Missing(command string, p Param) string { return "missing " + p.Name }
func (plain) BadValue(command string, p Param, got string) string {
	return "bad " + p.Name + " " + got
}
func (plain) TooMany(command, got string) string { return "too many: " + got }

// testTree has a level of every kind of command.
func testTree() *Level {
	show := func(c *Call) error {
		for _, name := range []string{"ip", "port", "secure", "name"} {
			if c.Has(name) {
				c.Printf("%s=%s;", name, c.Arg(name))
			}
		}
		c.Print("\n")
		return nil
	}
	ip, port := Param{Name: "ip", Type: IP{}}, Param{Name: "port", Type: Integer{1, 65535}}
	return &Level{Entries: []Entry{
		&Level{Name: "System", Entries: []Entry{
			&Level{Name: "Callp", Entries: []Entry{}},
			&Level{Name: "ClientIdentity", Entries: []Entry{}},
		}},
		&Level{Name: "Interface", Entries: []Entry{
			&Command{Name: "add", Params: []Param{ip, port}, Run: show},
			&Command{Name: "set", Params: []Param{ip}, Optional: []Param{port}, NeedsAttribute: true, Run: show,
				Attributes: []Param{{Name: "secure", Type: Bool}, {Name: "name", Type: String{1, 5}}}},
			&Command{Name: "clear", Run: func(c *Call) error {
				yes, err := c.Confirm()
				c.Printf("%v\n", yes)
				return err
			}},
		}},
	}}
}

// answers runs lines and gives what follows each prompt.
func answers(lines ...string) string {
	term := &script{lines: lines}
	s := New("AS", testTree(), term, plain{}, Hooks{Around: func(_, _ string, run func() error) error { return run() }})
	s.Run()
	return term.String()
}

func TestSession(t *testing.T) {
	tests := map[string]struct{ typed, want string }{
		"down and up":          {"sys;cl|q|q|q", "AS_CLI> sys;cl|AS_CLI/System/ClientIdentity> q|AS_CLI/System> q|AS_CLI> q|AS_CLI> "},
		"short form first":     {"System|c;ca", "AS_CLI> System|AS_CLI/System> c;ca|Invalid command|AS_CLI/System/Callp> "},
		"ambiguous":            {"cd sys/c|SY;c;C", "AS_CLI> cd sys/c|ambiguous c [Callp ClientIdentity]|AS_CLI> SY;c;C|Invalid command|Invalid command|AS_CLI/System> "},
		"by number":            {"1;0 10.0.0.1 80", "AS_CLI> 1;0 10.0.0.1 80|ip=10.0.0.1;port=80;|AS_CLI/Interface> "},
		"cd":                   {"cd /int|cd ../sys/cal|cd nowhere|cd ../..", "AS_CLI> cd /int|AS_CLI/Interface> cd ../sys/cal|AS_CLI/System/Callp> cd nowhere|Invalid command|AS_CLI/System/Callp> cd ../..|AS_CLI> "},
		"bare path":            {"System/Callp", "AS_CLI> System/Callp|Invalid command|AS_CLI> "},
		"level with arguments": {"System x", "AS_CLI> System x|Invalid command|AS_CLI> "},
		"missing":              {"int;add 10.0.0.1", "AS_CLI> int;add 10.0.0.1|missing port|AS_CLI/Interface> "},
		"bad":                  {"int;add 10.0.0.1 x;add fe80::1%eth0 1", "AS_CLI> int;add 10.0.0.1 x;add fe80::1%eth0 1|bad port x|bad ip fe80::1%eth0|AS_CLI/Interface> "},
		"too many":             {"int;add 10.0.0.1 1 2", "AS_CLI> int;add 10.0.0.1 1 2|too many: 2|AS_CLI/Interface> "},
		"attributes":           {`int;set 10.0.0.1 NAME "a b" secure TRUE`, `AS_CLI> int;set 10.0.0.1 NAME "a b" secure TRUE|ip=10.0.0.1;secure=true;name=a b;|AS_CLI/Interface> `},
		"optional key":         {"int;set 10.0.0.1 80 name x", "AS_CLI> int;set 10.0.0.1 80 name x|ip=10.0.0.1;port=80;name=x;|AS_CLI/Interface> "},
		"no attribute":         {"int;set 10.0.0.1;set 10.0.0.1 color red;set 10.0.0.1 name", "AS_CLI> int;set 10.0.0.1;set 10.0.0.1 color red;set 10.0.0.1 name|missing attribute|bad attribute color|missing name|AS_CLI/Interface> "},
		"confirmed in line":    {"int;clear;y", "AS_CLI> int;clear;y|Please confirm (Yes, Y, No, N): |true|AS_CLI/Interface> "},
		"asked again":          {"int;clear|what|NO", "AS_CLI> int;clear|Please confirm (Yes, Y, No, N): what|Please confirm (Yes, Y, No, N): NO|false|AS_CLI/Interface> "},
		"quoted semicolon":     {`int;set 10.0.0.1 name "a;b"`, `AS_CLI> int;set 10.0.0.1 name "a;b"|ip=10.0.0.1;name=a;b;|AS_CLI/Interface> `},
		"open quote":           {`add "a`, `AS_CLI> add "a|Invalid command|AS_CLI> `},
		"repeat":               {"int;add 10.0.0.1 1;re", "AS_CLI> int;add 10.0.0.1 1;re|ip=10.0.0.1;port=1;|ip=10.0.0.1;port=1;|AS_CLI/Interface> "},
		"leave":                {"exit;n|e|y|never", "AS_CLI> exit;n|Please confirm (Yes, Y, No, N): |AS_CLI> e|Please confirm (Yes, Y, No, N): y|This session is now ending...|"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := answers(strings.Split(tt.typed, "|")...)
			if diff := cmp.Diff(strings.Split(tt.want, "|"), strings.Split(got, "\n")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// FuzzSession checks that no line makes a session panic or leave unasked.
func FuzzSession(f *testing.F) {
	for _, seed := range []string{"sys;cl", `set "a\"b;c`, "re;re;re", "h 0;1;99;-1", "cd ../../..;cd //;t;hi", "exit;n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if got := answers(line, "x", "n", "qa"); !strings.HasSuffix(got, "AS_CLI> ") && !strings.Contains(got, "ending") &&
			!strings.Contains(got, "confirm") {
			t.Errorf("%q: %q", line, got)
		}
	})
}
