package prompt

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/plugins/sdk"
)

// far is the other side of a conversation, with the habits that real ones have. What it prints is what it prints; only in
// what pieces it arrives differs, and that must not matter.
type far struct {
	upper  string // a first line of the prompt
	blank  string // after the prompt
	echo   string // "", none, double, late, redraw, wrap, hardwrap
	alarms string // "", before, after: with what a command prints; late: before each prompt

	path  string
	asks  bool   // a question is open
	alarm string // now
	held  string // an echo that waits for output
	queue string // not yet received
	typed []string
	chunk func(left int) int
}

var errHang = errors.New("the driver waits, and nothing will ever come")

func (f *far) Generation() uint64              { return 1 }
func (f *far) Memory() *sdk.Memory             { return &sdk.Memory{} }
func (f *far) Interrupt(context.Context) error { return nil }
func (f *far) Discard()                        {}
func (f *far) Close() error                    { return nil }

func (f *far) Receive(context.Context) ([]byte, error) {
	if f.queue == "" {
		return nil, errHang
	}
	n := min(max(f.chunk(len(f.queue)), 1), len(f.queue))
	out := f.queue[:n]
	f.queue = f.queue[n:]
	return []byte(out), nil
}

func (f *far) print(text string) {
	if f.held != "" && text != "" {
		line, rest, found := strings.Cut(text, "\n")
		if found {
			text = line + "\n" + f.held + rest
		} else {
			text = f.held + text
		}
		f.held = ""
	}
	f.queue += strings.ReplaceAll(text, "\n", "\r\n")
}

// waits is the last line of what is shown when input is awaited.
func (f *far) waits() string {
	if f.asks {
		return "Sure? (Y, N): "
	}
	return "X_CLI" + f.path + ">" + f.blank
}

func (f *far) show() {
	p := f.waits()
	if !f.asks {
		p = f.upper + p
	}
	if f.alarm == "late" {
		f.print(p + "\n*** ALARM cpu ***\n")
	}
	f.print(p)
}

func (f *far) SendLine(_ context.Context, l sdk.Line) error {
	f.typed = append(f.typed, l.Text)
	f.echoes(l.Text)
	if out := f.does(l.Text); out != "" {
		const alarm = "*** ALARM disk ***\n"
		switch f.alarm {
		case "before":
			out = alarm + out
		case "after":
			out += alarm
		}
		f.print(out)
	}
	f.show()
	return nil
}

func (f *far) echoes(line string) {
	p := f.waits()
	switch f.echo {
	case "none":
	case "double":
		f.queue += line + "\r\n" + line + "\r\n"
	case "late":
		f.held = line + "\n"
	case "redraw":
		f.queue += line[:len(line)/2] + "\r" + p + "\x1b[K" + line + "\x1b[K\r\n"
	case "wrap", "hardwrap":
		column := len(p)
		for _, r := range line {
			f.queue += string(r)
			if column++; column%20 == 0 {
				f.queue += map[string]string{"wrap": " \r", "hardwrap": "\r\n"}[f.echo]
			}
		}
		f.queue += "\r\n"
	default:
		f.queue += line + "\r\n"
	}
}

// does carries a line out and returns what it prints.
func (f *far) does(line string) string {
	if f.asks {
		f.asks = strings.ToLower(line) != "y"
		if f.asks {
			return ""
		}
		return "...Done\n"
	}
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "":
		return ""
	case "get":
		return "  name = value\n  see X_CLI> for more\nX_CLI> is the root\n"
	case "cd":
		f.path = rest
		return ""
	case "put":
		f.asks = true
		return "It is there.\n"
	}
	return "Invalid command\n"
}

// talks is one conversation; it returns what the driver made of it.
func (f *far) talks(ctx context.Context) (string, error) {
	sure := func(path string) Prompt {
		return Prompt{Name: "cli", RE: regexp.MustCompile(`^[ \t]*X_CLI((?:/\w+)*)>[ \t]*$`), Idle: true,
			Sure: func(r *Reply) bool { return r.Match[1] == path }}
	}
	never := sure("")
	never.Sure = func(*Reply) bool { return false }
	confirm := Prompt{Name: "confirm", RE: regexp.MustCompile(`^Sure\? \(Y, N\):\s*$`)}
	s, said := New(f), ""
	f.show()
	if _, _, err := s.Learn(ctx); err != nil {
		return said, fmt.Errorf("learn: %w", err)
	}
	f.alarm = f.alarms // the login shell says nothing unasked
	for _, step := range []struct {
		line string
		cli  Prompt
	}{
		{"first", never}, {"get", never}, {"cd /System/Registration/Contacts", sure("/System/Registration/Contacts")},
		{"Http", sure("/System/Registration/Contacts/Http")}, {"get", sure("/System/Registration/Contacts")}, {"get one", never},
		{"put this", sure("/System/Registration/Contacts")}, {"y", sure("/System/Registration/Contacts")}, {"cd ", sure("")},
		{"Http", sure("/Http")}, {"add a long line that is wrapped over several lines", never}, {"last", sure("")},
	} {
		r, err := s.Ask(ctx, sdk.Line{Text: step.line}, step.cli, confirm)
		if err != nil {
			return said, fmt.Errorf("%s: %w", step.line, err)
		}
		text := ""
		for l := range strings.Lines(r.Text) {
			if l = strings.TrimSpace(l); l != "" && l != strings.TrimSpace(f.upper) && !strings.Contains(l, "***") && l != strings.TrimSpace(step.line) {
				text += l + ";"
			}
		}
		said += fmt.Sprintf("%s: %s%s\n", step.line, text, strings.TrimSpace(r.Line))
	}
	return said, nil
}

const talk = `first: Invalid command;X_CLI>
get: name = value;see X_CLI> for more;X_CLI> is the root;X_CLI>
cd /System/Registration/Contacts: X_CLI/System/Registration/Contacts>
Http: Invalid command;X_CLI/System/Registration/Contacts>
get: name = value;see X_CLI> for more;X_CLI> is the root;X_CLI/System/Registration/Contacts>
get one: name = value;see X_CLI> for more;X_CLI> is the root;X_CLI/System/Registration/Contacts>
put this: It is there.;Sure? (Y, N):
y: ...Done;X_CLI/System/Registration/Contacts>
cd : X_CLI>
Http: Invalid command;X_CLI>
add a long line that is wrapped over several lines: Invalid command;X_CLI>
last: Invalid command;X_CLI>
`

// habits are all combinations but one: who neither echoes at once nor keeps still between prompts cannot be told from his
// own data.
func habits() map[string]far {
	all := map[string]far{}
	for _, echo := range []string{"", "none", "double", "late", "redraw", "wrap", "hardwrap"} {
		for _, alarm := range []string{"", "before", "after", "late"} {
			for _, upper := range []string{"", "-[bwadmin@xsp1]\n"} {
				for _, blank := range []string{" ", "", "\x1b[0m"} {
					if alarm == "late" && (echo == "none" || echo == "late") {
						continue
					}
					name := fmt.Sprintf("echo %s, alarm %s, upper %q, blank %q", echo, alarm, upper, blank)
					all[name] = far{echo: echo, alarms: alarm, upper: upper, blank: blank}
				}
			}
		}
	}
	return all
}

func TestAnyChunking(t *testing.T) {
	ways := map[string]func() func(int) int{
		"whole": func() func(int) int { return func(left int) int { return left } },
		"bytes": func() func(int) int { return func(int) int { return 1 } },
	}
	for seed := range uint64(6) {
		ways[fmt.Sprint("random ", seed)] = func() func(int) int {
			r := rand.New(rand.NewPCG(seed, 1))
			most := 1 + r.IntN(40)
			return func(int) int { return 1 + r.IntN(most) }
		}
	}
	for habit, f := range habits() {
		t.Run(habit, func(t *testing.T) {
			for name, way := range ways {
				one := f
				one.chunk = way()
				if got, err := one.talks(t.Context()); err != nil || got != talk {
					t.Fatalf("%s: %v\n%s\ntyped %q", name, err, cmp.Diff(talk, got), one.typed)
				}
			}
		})
	}
}

func FuzzAnyChunking(f *testing.F) {
	all := habits()
	names := slices.Sorted(maps.Keys(all))
	f.Add(0, []byte{1})
	f.Add(150, []byte{7, 1, 30, 2})
	f.Fuzz(func(t *testing.T, which int, sizes []byte) {
		if which < 0 || len(sizes) == 0 {
			return
		}
		name := names[which%len(names)]
		one, next := all[name], 0
		one.chunk = func(int) int { next++; return int(sizes[next%len(sizes)]) }
		if got, err := one.talks(t.Context()); err != nil || got != talk {
			t.Fatalf("%s: %v\n%s\ntyped %q", name, err, cmp.Diff(talk, got), one.typed)
		}
	})
}

// A line editor that begins an echo, goes back and draws prompt and line anew shows a prompt for a moment, before the line is
// read. Recorded; a piece that ended just there was answered, and the prompt, of two lines, then never counted as proved.
func TestRedrawnEcho(t *testing.T) {
	const prompt = "\x1b]0;bwadmin@xsp2\a┌─[bwadmin@xsp2]\r\n└─$ "
	answers := map[string]string{
		"":             "\r└─$ \x1b[K\x1b[K\r\n" + prompt,
		"healthmon -l": "health\r└─$ \x1b[Khealthmon -l\x1b[K\r\n-----\r\n   Server state : Unlock\r\n-----\r\n" + prompt,
	}
	whole := answers["healthmon -l"] + answers[""]
	for i := range len(whole) {
		for j := i; j < len(whole); j += 1 + (j - i) {
			f := &scripted{}
			f.put("Loading profile...\r\n" + prompt)
			f.answer = func(line string) string { return answers[line] }
			s := New(f)
			line, _, err := s.Learn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			received := 0
			f.cut = func(left string) int { // pieces end at i and at j
				n := len(left)
				for _, end := range []int{i, j} {
					if received < end {
						n = min(n, end-received)
					}
				}
				received += n
				return n
			}
			r, err := s.Ask(t.Context(), sdk.Line{Text: "healthmon -l"}, Prompt{Name: "shell", RE: Literal(line), Idle: true,
				Sure: func(*Reply) bool { return false }})
			if err != nil || !strings.HasPrefix(r.Text, "-----\n   Server state : Unlock\n-----\n") {
				t.Fatalf("pieces end at %d and %d: %+v, %v; typed %q", i, j, r, err, f.lines)
			}
		}
	}
}
