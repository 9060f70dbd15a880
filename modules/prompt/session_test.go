package prompt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/plugins/sdk"
)

// scripted is a shell that answers each line by a function, in chunks of the given size.
type scripted struct {
	out    []string // chunks not yet received
	lines  []string
	answer func(line string) string
	size   int
	cut    func(left string) int // how much of a chunk is received at once; nil: all
}

func (f *scripted) Generation() uint64              { return 1 }
func (f *scripted) Memory() *sdk.Memory             { return &sdk.Memory{} }
func (f *scripted) Interrupt(context.Context) error { return nil }
func (f *scripted) Discard()                        {}
func (f *scripted) Close() error                    { return nil }

func (f *scripted) SendLine(_ context.Context, l sdk.Line) error {
	text := l.Text
	if l.Secret != nil {
		text = "hunter2"
	}
	f.lines = append(f.lines, text)
	f.put(f.answer(text))
	return nil
}

func (f *scripted) put(s string) {
	for f.size > 0 && len(s) > f.size {
		f.out = append(f.out, s[:f.size])
		s = s[f.size:]
	}
	if s != "" {
		f.out = append(f.out, s)
	}
}

func (f *scripted) Receive(ctx context.Context) ([]byte, error) {
	if len(f.out) == 0 {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	c := f.out[0]
	if f.cut != nil {
		if n := f.cut(c); n < len(c) {
			f.out[0] = c[n:]
			return []byte(c[:n]), nil
		}
	}
	f.out = f.out[1:]
	return []byte(c), nil
}

var (
	cli     = Prompt{Name: "cli", RE: regexp.MustCompile(`^X_CLI(/\w+)*> $`), Idle: true}
	confirm = Prompt{Name: "confirm", RE: regexp.MustCompile(`\(Y, N\): $`)}
)

// each runs a test with whole chunks and with one byte at a time.
func each(t *testing.T, f func(t *testing.T, size int)) {
	t.Run("whole", func(t *testing.T) { f(t, 0) })
	t.Run("bytes", func(t *testing.T) { f(t, 1) })
}

func TestAsk(t *testing.T) {
	const p = "X_CLI> "
	tests := []struct{ name, answer, text string }{
		{"plain", "get\r\na\r\nb\r\n" + p, "a\nb\n"},
		{"no output", "get\r\n" + p, ""},
		{"echo missing", "\r\na\r\n" + p, "\na\n"},
		{"echo coloured", "\x1b[1mg\x1b[0met\x1b[K\r\n\x1b[32ma\x1b[0m\r\n\x1b]0;title\x07" + p, "a\n"},
		{"echo late", "\r\na\r\nb\r\nget\r\n" + p, "\na\nb\n"},
		{"echo doubled", "get\r\nget\r\na\r\n" + p, "get\na\n"},
		{"echo wrapped", "g \ret\r\na\r\n" + p, "a\n"},
		{"echo with backspace", "gx\b\bget\r\na\r\n" + p, "a\n"},
		{"prompt coloured", "get\r\na\r\n\x1b[31mX_CLI\x1b[0m> \x1b[0m", "a\n"},
		{"prompt inside data", "get\r\nsee X_CLI> for\r\nmore\r\n" + p, "see X_CLI> for\nmore\n"},
		{"redrawn line", "get\r\n10%\r50%\r100%\r\n" + p, "100%\n"},
		{"latin-1", "get\r\ncaf\xe9 x\r\n" + p, "caf\ufffd x\n"},
		{"telnet bytes and bell", "get\r\n\x07ok\x00\r\n" + p, "ok\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			each(t, func(t *testing.T, size int) {
				f := &scripted{size: size, answer: func(line string) string {
					if line == "" {
						return "\r\n" + p
					}
					return tt.answer
				}}
				r, err := New(f).Ask(t.Context(), sdk.Line{Text: "get"}, cli, confirm)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.text, r.Text); diff != "" {
					t.Errorf("text (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestDoubt(t *testing.T) {
	// The prompt stands at the beginning of a line of the data, and the dialect knows to expect another one.
	sure := cli
	sure.Sure = func(r *Reply) bool { return r.Line == "X_CLI/A> " }
	each(t, func(t *testing.T, size int) {
		f := &scripted{size: size, answer: func(line string) string {
			if line == "" {
				return "\r\nX_CLI/B> "
			}
			return "cd B\r\nX_CLI> is the root\r\nX_CLI/B> "
		}}
		r, err := New(f).Ask(t.Context(), sdk.Line{Text: "cd B"}, sure)
		if err != nil {
			t.Fatal(err)
		}
		if r.Text != "X_CLI> is the root\n" || r.Line != "X_CLI/B> " {
			t.Errorf("got %q, prompt %q", r.Text, r.Line)
		}
		if want := []string{"cd B", ""}; cmp.Diff(want, f.lines) != "" {
			t.Errorf("typed %q", f.lines)
		}
	})
}

func TestNoticeAfterPrompt(t *testing.T) {
	never := cli
	never.Sure = func(*Reply) bool { return false }
	each(t, func(t *testing.T, size int) {
		f := &scripted{size: size, answer: func(line string) string {
			if line == "" {
				return "\r\nThe agent went down.\r\nX_CLI> "
			}
			return "get\r\na\r\nX_CLI> "
		}}
		r, err := New(f).Ask(t.Context(), sdk.Line{Text: "get"}, never)
		if err != nil {
			t.Fatal(err)
		}
		if r.Text != "a\n" || strings.TrimSpace(r.After) != "The agent went down." {
			t.Errorf("text %q, after %q", r.Text, r.After)
		}
	})
}

// Without an echo the doubted prompt and its repetition share a line, also when a notice stands below them.
func TestNoticeAfterPromptWithoutEcho(t *testing.T) {
	never := cli
	never.Sure = func(*Reply) bool { return false }
	each(t, func(t *testing.T, size int) {
		const after = "X_CLI> \r\n*** ALARM ***\r\nX_CLI> "
		f := &scripted{size: size, answer: func(line string) string {
			if line == "" {
				return after
			}
			return "a\r\n" + after
		}}
		r, err := New(f).Ask(t.Context(), sdk.Line{Text: "get"}, never)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(r.Text, "a\n") {
			t.Errorf("text %q, after %q", r.Text, r.After)
		}
	})
}

func TestDelayedEcho(t *testing.T) {
	each(t, func(t *testing.T, size int) {
		first := true
		f := &scripted{size: size}
		f.answer = func(line string) string {
			if first {
				first = false
				return "one\r\n1\r\nX_CLI> "
			}
			if line == "" {
				t.Error("typed an empty line, which might have been an answer")
			}
			f.put("\r\nNotice: x\r\nX_CLI> ") // redrawn before the line is read
			return "two\r\n2\r\nX_CLI> "
		}
		s := New(f)
		if _, err := s.Ask(t.Context(), sdk.Line{Text: "one"}, cli); err != nil {
			t.Fatal(err)
		}
		r, err := s.Ask(t.Context(), sdk.Line{Text: "two"}, cli)
		if err != nil {
			t.Fatal(err)
		}
		if r.Text != "2\n" || !strings.Contains(r.Late, "Notice: x") {
			t.Errorf("text %q, late %q", r.Text, r.Late)
		}
	})
}

func TestConfirmation(t *testing.T) {
	each(t, func(t *testing.T, size int) {
		f := &scripted{size: size, answer: func(line string) string {
			if line == "y" {
				return "y\r\n...Done\r\nX_CLI> "
			}
			return "get\r\nContinue?\r\n\r\nPlease confirm (Y, N): "
		}}
		s := New(f)
		r, err := s.Ask(t.Context(), sdk.Line{Text: "get"}, cli, confirm)
		if err != nil || r.Prompt != "confirm" || !strings.Contains(r.Text, "Continue?") {
			t.Fatalf("%+v, %v", r, err)
		}
		r, err = s.Ask(t.Context(), sdk.Line{Text: "y"}, cli, confirm)
		if err != nil || r.Prompt != "cli" || r.Text != "...Done\n" {
			t.Fatalf("%+v, %v", r, err)
		}
	})
}

func TestSecretIsNeverKept(t *testing.T) {
	each(t, func(t *testing.T, size int) {
		// This host echoes even the password.
		f := &scripted{size: size, answer: func(line string) string { return line + "\r\nwelcome\r\nX_CLI> " }}
		s := New(f)
		r, err := s.Ask(t.Context(), sdk.Line{Secret: &sdk.Handle{Name: "pw"}}, cli)
		if err != nil {
			t.Fatal(err)
		}
		if all := r.Text + r.Late + s.Transcript().String(); strings.Contains(all, "hunter2") || !strings.Contains(all, "welcome") {
			t.Errorf("kept %q", all)
		}
	})
}

func TestDeadlineAndEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &scripted{answer: func(string) string { return "get\r\nhalf a li" }}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := New(f).Ask(ctx, sdk.Line{Text: "get"}, cli)
		var e *Error
		if !errors.As(err, &e) || e.Sent != "get" || e.Got != "half a li" || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%#v", err)
		}
	})
}

// ending is a shell that ends after its output.
type ending struct{ scripted }

func (e *ending) Receive(ctx context.Context) ([]byte, error) {
	if len(e.out) == 0 {
		return nil, io.EOF
	}
	return e.scripted.Receive(ctx)
}

func TestEOF(t *testing.T) {
	f := &ending{scripted{answer: func(string) string { return "get\r\nbye\r\n" }}}
	if _, err := New(f).Ask(t.Context(), sdk.Line{Text: "get"}, cli); !errors.Is(err, io.EOF) {
		t.Errorf("got %v", err)
	}
}

func TestBounds(t *testing.T) {
	big := strings.Repeat("0123456789abcde\r\n", 200_000)
	f := &scripted{size: 4096, answer: func(string) string { return "get\r\n" + big + "the end\r\nX_CLI> " }}
	s := New(f)
	r, err := s.Ask(t.Context(), sdk.Line{Text: "get"}, cli)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Cut || len(r.Text) > headSize+2*tailSize+100 || !strings.HasSuffix(r.Text, "the end\n") {
		t.Errorf("cut %v, %d bytes", r.Cut, len(r.Text))
	}
	if n := len(s.Transcript().String()); n > 2*transcriptSize {
		t.Errorf("transcript has %d bytes", n)
	}
}

func TestLearn(t *testing.T) {
	tests := []struct{ name, motd, prompt string }{
		{"bash", "", "bwadmin@AS01$ "},
		{"greeting", "Last login: Fri Nov 21\r\n### Authorised use only ###\r\n", "[bwadmin@xsp1 ~]$ "},
		{"lookalikes", "# a\r\ncost in $\r\n> b\r\n", "xsp1% "},
		{"coloured", "", "\x1b[32mbwadmin@xsp\x1b[0m > \x1b[0m"},
		{"root", "welcome\r\n", "# "},
		{"two lines", "welcome\r\n", "┌─[bwadmin@xsp]\r\n└─$ "},
		{"two lines", "", "\x1b]0;xsp1\x07┌─[bwadmin@xsp1]\r\n└─$ "},
		{"two lines and a clock", "Last login: Fri Nov 21\r\n", "bwadmin@xsp1 10:31:07\r\n-> "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			each(t, func(t *testing.T, size int) {
				f := &scripted{size: size}
				f.answer = func(line string) string { return line + "\r\n" + tt.prompt }
				f.put(tt.motd + tt.prompt)
				s := New(f)
				line, _, err := s.Learn(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				f.answer = func(line string) string { return line + "\r\nv1, no newline" + tt.prompt }
				if len(line) < 4 {
					f.answer = func(line string) string { return line + "\r\nv1, no newline\r\n" + tt.prompt }
				}
				r, err := s.Ask(t.Context(), sdk.Line{Text: "ver"}, Prompt{Name: "shell", RE: Literal(line), Idle: true})
				if err != nil || !strings.HasPrefix(strings.TrimSpace(r.Text), "v1, no newline") {
					t.Errorf("prompt %q: %+v, %v", line, r, err)
				}
			})
		})
	}
}

// A line editor may draw the question again while it echoes the answer; that is not a second question.
func TestQuestionDrawnAgain(t *testing.T) {
	each(t, func(t *testing.T, size int) {
		f := &scripted{size: size}
		f.answer = func(line string) string {
			if line == "y" {
				return "\rSure? (Y, N): \x1b[Ky\x1b[K\r\n...Done\r\nX_CLI> "
			}
			return line + "\r\nSure? (Y, N): "
		}
		s := New(f)
		if r, err := s.Ask(t.Context(), sdk.Line{Text: "put"}, cli, confirm); err != nil || r.Prompt != "confirm" {
			t.Fatalf("%+v, %v", r, err)
		}
		if r, err := s.Ask(t.Context(), sdk.Line{Text: "y"}, cli, confirm); err != nil || r.Prompt != "cli" || r.Text != "...Done\n" {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

// A prompt with a clock, and no echo that would end its line.
func TestLearnWithoutEcho(t *testing.T) {
	each(t, func(t *testing.T, size int) {
		second := 0
		clock := func() string { second++; return fmt.Sprintf("[10:31:%02d] bwadmin@xsp1$ ", second) }
		f := &scripted{size: size}
		f.answer = func(line string) string {
			if line == "" {
				return clock()
			}
			return "v1\r\n" + clock()
		}
		f.put(clock())
		s := New(f)
		line, _, err := s.Learn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		never := Prompt{Name: "shell", RE: Literal(line), Idle: true, Sure: func(*Reply) bool { return false }}
		r, err := s.Ask(t.Context(), sdk.Line{Text: "ver"}, never)
		if err != nil || !strings.HasPrefix(strings.TrimSpace(r.Text), "v1") {
			t.Errorf("prompt %q: %+v, %v", line, r, err)
		}
	})
}

func FuzzExpect(f *testing.F) {
	f.Add("get\r\nx\r\nX_CLI> ", 1)
	f.Add("\x1b[31mX_CLI/A> \x1b[", 3)
	f.Add("get \r\r\n\b\b\bX_CLI> X_CLI> ", 2)
	f.Fuzz(func(t *testing.T, out string, size int) {
		if size < 0 || size > 1000 {
			return
		}
		end := &ending{scripted{size: size}}
		end.answer = func(line string) string {
			if line == "" {
				return "\r\nX_CLI> "
			}
			return out
		}
		s := New(end)
		r, err := s.Ask(t.Context(), sdk.Line{Text: "get"}, cli, confirm)
		if err == nil && r.Prompt == "cli" && !cli.RE.MatchString(r.Line) {
			t.Errorf("accepted %q", r.Line)
		}
		if strings.ContainsRune(s.Transcript().String(), '\x1b') {
			t.Error("escape sequence kept")
		}
	})
}

// A greeting whose lines look like prompts, and no echo: what is learnt is the prompt, and the first command gets its own answer.
func TestLearnBehindLookalikesWithoutEcho(t *testing.T) {
	each(t, func(t *testing.T, size int) {
		const p = "bwadmin@xsp1$ "
		f := &scripted{size: size}
		f.answer = func(line string) string {
			if line == "" {
				return p
			}
			return "answer to " + line + "\r\n" + p
		}
		f.put("# a\r\ncost in $\r\n> b\r\n" + p)
		s := New(f)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		line, _, err := s.Learn(ctx)
		if err != nil {
			t.Fatal(err)
		}
		never := Prompt{Name: "shell", RE: Literal(line), Idle: true, Sure: func(*Reply) bool { return false }}
		r, err := s.Ask(ctx, sdk.Line{Text: "ver"}, never)
		if err != nil || !strings.Contains(r.Text, "answer to ver") {
			t.Errorf("prompt %q: %+v, %v; typed %q", line, r, err, f.lines)
		}
	})
}
