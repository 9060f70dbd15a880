package bwcli

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-run/muster/plugins/sdk"
)

// Answer is what bwcli said to a command that changes something. Success has no single form, and neither has refusal, so
// an Answer is a hint: what the host holds afterwards is the proof.
type Answer struct {
	Typed   string
	Text    string
	Done    bool   // it said ...Done
	Restart bool   // it said that a restart is needed
	Refusal string // the line that says no; empty when none was recognised
	Proved  bool   // the answer was lost with the connection, and a later read showed the change
}

var (
	doneLine = regexp.MustCompile(`(?im)(^|\s)\.\.\. ?done\b`)
	accepted = regexp.MustCompile(`(?im)^\W*(ok|done|success(ful(ly)?)?|(the )?(command|operation|request|update)( was| is| has)?( been)? ` +
		`(success(ful(ly)?)?|succeeded|completed|executed)( successfully)?)\W*$`)
	// Two wordings are published, "needs to be restarted" and "A restart is required".
	restartLine = regexp.MustCompile(`(?i)needs? to be restarted|restart (is|may be|will be)? ?(required|needed|necessary)|` +
		`requires? (a |an )?(\w+ )?restart|must be restarted|(after|until|upon) (a |an |the |next )*(\w+ )?restart|please restart`)
	// errorMark opens a line that is an error whatever else is printed.
	errorMark = regexp.MustCompile(`(?i)^\W*(\[\w*error\]|error\b|invalid\b|failed\b|failure\b|cannot\b|could not\b|unable\b|illegal\b|` +
		`unknown\b|unrecogni[sz]ed\b|permission\b|access denied|denied\b|not (allowed|authori[sz]ed|permitted|found)|refused\b)`)
	// errorWord makes a line a refusal when neither ...Done nor a restart notice stands beside it.
	errorWord = regexp.MustCompile(`(?i)\berror\b|\binvalid\b|fail(ed|ure)|\bcannot\b|can't|could not|unable to|does not exist|no such|not found|` +
		`already (present|exists?|defined|in use|configured)|duplicate|not (allowed|permitted|authori[sz]ed|supported|valid|recogni[sz]ed)|` +
		`denied|privilege|missing|mandatory|unknown|rejected|refused|must be|out of range|mismatch|does not match`)
	duplicate = regexp.MustCompile(`(?i)already|duplicate|exists\b`)
	busyWord  = regexp.MustCompile(`(?i)try again|is busy|\bbusy\b|in progress|locked by|another (session|user|administrator)|restarting|` +
		`not (yet )?(available|ready|running|started)|unavailable|starting|shutting down|stopped|going down|connection refused`)
	// asyncLine is something a server says on its own account, between answers or within them.
	asyncLine = regexp.MustCompile(`(?i)communication channel|just went down|broadcast message|\*{3}|\+{3}|system is going|` +
		`alarm|notification|needs to be restarted|restart is required|session (has )?(timed out|expired)|^\s*\[[^]]*\]\s*$`)
)

func isNotice(line string) bool {
	return says(line, restartLine, restartWords) || says(line, doneLine, doneWords) || strings.HasPrefix(strings.TrimSpace(line), "***") ||
		strings.Contains(line, "The communication channel with")
}

// Words of which every text that the pattern matches holds one. Alternatives without regard to case are slow to match, and
// nearly every line that a server prints holds none of them: looking for the words first is a third of a line's CPU less.
var (
	doneWords    = []string{"done"}
	restartWords = []string{"restart"}
	errorWords   = []string{"error", "invalid", "fail", "cannot", "can't", "could not", "unable", "illegal", "unknown", "unrecogni",
		"permission", "denied", "not ", "refused", "no such", "already", "duplicate", "privilege", "missing", "mandatory", "rejected",
		"must be", "out of range", "mismatch"}
)

// says reports whether the pattern matches, knowing words of which every match holds one.
func says(text string, pattern *regexp.Regexp, words []string) bool {
	return mentions(text, words) && pattern.MatchString(text)
}

func mentions(text string, words []string) bool {
	lower := strings.ToLower(text)
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(lower, w) })
}

// judge reads an answer.
func judge(typed, text string) *Answer {
	a := &Answer{Typed: typed, Text: strings.TrimSpace(text), Done: says(text, doneLine, doneWords)}
	if mentions(text, restartWords) {
		a.Restart = restartLine.MatchString(strings.Join(strings.Fields(text), " ")) // a notice may be broken over lines
	}
	if !mentions(text, errorWords) {
		return a
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if errorMark.MatchString(line) || errorWord.MatchString(line) && !a.Done && !a.Restart {
			a.Refusal = line
			break
		}
	}
	return a
}

// OK reports success by the published rule: ...Done or a restart notice, and no error.
//
// assumed: a line that says nothing but that it was done counts as ...Done where no line is an error.
func (a *Answer) OK() bool {
	return a.Proved || a.Refusal == "" && (a.Done || a.Restart || accepted.MatchString(a.Text))
}

// Duplicate reports that the refusal says the entry is there already.
func (a *Answer) Duplicate() bool { return a.Refusal != "" && duplicate.MatchString(a.Text) }

// ErrNoEntry is the cause of a failure whose answer says that what was asked for is not there.
var ErrNoEntry = errors.New("no such entry")

var noEntry = regexp.MustCompile(`(?i)not found|no (such )?(entry|entries|interface|match)|does not exist|not (defined|configured|present)`)

// Refused makes the failure of a command that did not do what it should; state says what is changed and what is not.
func (a *Answer) Refused(summary, state string) *sdk.Failure {
	f := &sdk.Failure{Class: sdk.Failed, Summary: summary, What: exchange(a.Typed, a.Text), State: state}
	if noEntry.MatchString(a.Text) {
		f.Err = ErrNoEntry
	}
	switch {
	case a.Refusal == "" && a.Text == "":
		f.Why = "bwcli printed nothing, and the host does not show the change"
	case a.OK():
		f.Why = "bwcli reported success, but the host does not show the change"
	case a.Refusal == "":
		f.Why = "the answer is no known success, and the host does not show the change"
	case busyWord.MatchString(a.Text):
		f.Class, f.Why = sdk.Busy, "the server says it is not ready"
		f.Do = []string{"Try again when the server has finished what it is doing."}
	case strings.Contains(strings.ToLower(a.Text), "privilege"), strings.Contains(strings.ToLower(a.Text), "permi"),
		strings.Contains(strings.ToLower(a.Text), "authori"):
		f.Why = "the login may not do this"
		f.Do = []string{"Log in as a user with the role BWORKS (see bwuseradd)."}
	default:
		f.Why = "bwcli refused it"
		f.Do = []string{"Type the command in bwcli by hand, with help before it, to see what this release expects."}
	}
	return f
}

// exchange shows what was typed and what was answered, a few lines at most.
func exchange(typed, text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) > 6 {
		lines = append(lines[:5:5], "…")
	}
	answer := clip(strings.TrimSpace(strings.Join(lines, "\n")), 600)
	if answer == "" {
		answer = "(nothing)"
	}
	return fmt.Sprintf("typed: %s\nanswered: %s", typed, answer)
}

// Refusal returns the line of a command's output that says no, or "".
func Refusal(text string) string { return judge("", text).Refusal }
