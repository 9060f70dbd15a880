package bwsim

import "strings"

type promptStyle int

const (
	promptShort promptStyle = iota // bwadmin@as1$
	promptLong                     // bwadmin@as1.fra.example.net$
	promptTight                    // bwadmin@AS1$ without the blank
	promptAngle                    // bwadmin@as1:~> and an ANSI reset
)

type restartStyle int

const (
	warningOnly restartStyle = iota
	doneThenWarning
	warningThenDone
	doneOnly
)

type warningStyle int

const (
	warningByRelease warningStyle = iota
	warningStars
	warningPlain
)

type errorStyle int

const (
	errorBracket errorStyle = iota // [Error] text
	errorCommand                   // [CLIError] Command add: text
	errorBare                      // text
	errorWrite                     // Failed to write data ... and the text on a line of its own
)

type trustStyle int

const (
	trustReplaces trustStyle = iota
	trustRefuses
	trustAsks
)

// appStyle is the table of applications.
type appStyle struct {
	header [4]string
	active string // what it calls an application that is activated
	lower  bool   // states are in lower case
}

func (s appStyle) state(a AppState) string {
	text := string(a)
	if a == AppActivated {
		text = s.active
	}
	if s.lower {
		text = strings.ToLower(text)
	}
	return text
}

type healthStyle struct {
	severity string
	status   int
	lines    string
}
