package sdktest

// Device is what stands behind a shell.
type Device interface {
	// Open gives what is shown first, up to and with the first prompt.
	Open() string
	// Line takes a line and gives what is shown after its echo, up to and with the next prompt. With end the shell is over.
	Line(text string) (output string, end bool)
}

// Interrupter is a Device that does something on Ctrl-C; others show ^C and nothing else.
type Interrupter interface{ Interrupt() (output string) }

// Step is one line that a Script expects and what it answers.
type Step struct{ Line, Reply string }

// Script is a device that expects lines in an order, each exactly. Use NewScript.
type Script struct {
	conn     *Conn
	greeting string
	steps    []Step
}

// NewScript returns a maker of devices for Conn.Devices. A line out of order fails the test and ends the shell.
func NewScript(c *Conn, greeting string, steps ...Step) func() Device {
	return func() Device { return &Script{conn: c, greeting: greeting, steps: steps} }
}

// Open shows the greeting.
func (s *Script) Open() string { return s.greeting }

// Line compares with the next step.
func (s *Script) Line(text string) (string, bool) {
	if len(s.steps) == 0 {
		_ = s.conn.unforeseen("the line %q came when the script was over", text)
		return "", true
	}
	step := s.steps[0]
	s.steps = s.steps[1:]
	if step.Line != text {
		_ = s.conn.unforeseen("the line %q came, the script has %q", text, step.Line)
		return "", true
	}
	return step.Reply, false
}
