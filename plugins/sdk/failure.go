package sdk

import "strings"

// Class says what a failure means for the node and whether a retry can help.
type Class string

const (
	Failed      Class = "failed"      // the host answered and refused, or ended up wrong: a retry alone does not help
	Timeout     Class = "timeout"     // no answer within the deadline
	Busy        Class = "busy"        // the host says try later
	Unreachable Class = "unreachable" // the connection was lost or never there
	Uncertain   Class = "unknown"     // an effect was sent and its outcome is not known
)

// Failure is an error with the parts a person needs. Every part but Summary may be empty.
type Failure struct {
	Class   Class
	Summary string   // one line: `could not add trust anchor "x"`
	What    string   // what was sent and what was answered, at most a few lines
	Why     string   // the cause, in the user's words
	State   string   // what is changed on the host and what is not
	Do      []string // next steps, each a sentence or a command
	Arg     string   // the argument to blame, as a path: `certificate.key_file`
	Err     error    // the cause for errors.Is; not shown
}

// Error gives summary and cause in one line.
func (f *Failure) Error() string {
	parts := []string{f.Summary}
	for _, p := range []string{f.What, f.Why} {
		if p != "" {
			parts = append(parts, strings.ReplaceAll(p, "\n", " "))
		}
	}
	return strings.Join(parts, ": ")
}

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }

// Problem is something wrong with an argument, found by Validate.
type Problem struct {
	Warning bool   // false: the run does not start
	Arg     string // path of the argument: `ciphers[2]`, `certificate.chain_file`; empty: the task as a whole
	Summary string // one line
	Detail  string // cause
	Advice  string // next step, such as `Did you mean "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"?`
}

// Reason is an error's text for a Failure's Why: what the class Unreachable says already is not said again.
func Reason(err error) string {
	text := err.Error()
	for {
		rest, found := strings.CutPrefix(text, ErrUnreachable.Error()+": ")
		if !found {
			rest, found = strings.CutPrefix(text, string(Unreachable)+": ")
		}
		if !found {
			return text
		}
		text = rest
	}
}
