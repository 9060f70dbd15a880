// Package control lets one muster steer another: a process that runs a playbook listens on a unix socket, and commands
// typed in another terminal of the same user ask it to pause, go on, promote or abort.
//
// A Request is one line of JSON and gets one line back, the Answer; then the connection ends. Whoever may connect is
// decided by the directory (0700) and, where the system tells, by the peer's user. Nothing here knows what a verb does
// to a run, and nothing is remembered: a process that has ended has no socket that answers, and its journal says the rest.
package control

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Version of the two lines. Both sides are of one user on one machine, yet they may be different builds of muster.
const Version = 1

// Verb is what a request asks for.
type Verb string

// All verbs there are.
const (
	Pause    Verb = "pause"    // begin no further unit and no further task of hosts outside one
	Continue Verb = "continue" // take that back
	Promote  Verb = "promote"  // the canary is good
	Abort    Verb = "abort"    // begin nothing new; the run cannot be resumed
	Resume   Verb = "resume"   // of a run that its own rule paused: retry and go on
)

// Request is what another process asks for.
type Request struct {
	Version int    `json:"version"`
	Verb    Verb   `json:"verb"`
	Rollout string `json:"rollout,omitempty"` // which one Promote means; empty: every one that waits
	By      string `json:"by,omitempty"`      // who asks, for the journal and the screen of the run
}

// Answer says in one sentence what became of a request.
type Answer struct {
	Version int    `json:"version"`
	Done    bool   `json:"done"` // false: nothing was changed, Text says why
	Text    string `json:"text"`
}

// Done and Refused are the two answers there are.
func Done(format string, args ...any) Answer {
	return Answer{Version: Version, Done: true, Text: fmt.Sprintf(format, args...)}
}

// Refused says why nothing was changed.
func Refused(format string, args ...any) Answer {
	return Answer{Version: Version, Text: fmt.Sprintf(format, args...)}
}

const (
	maxLine = 4096 // bytes of a line with its end
	maxText = 400  // bytes of a name in a request
)

// parse reads a request. What is shown of it later must not be able to draw on a terminal.
func parse(line []byte) (Request, error) {
	var r Request
	if !utf8.Valid(line) {
		return r, errors.New("the request is not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(line))
	if err := dec.Decode(&r); err != nil {
		return Request{}, errors.New("the request is not a JSON object of the form that is wanted")
	}
	if len(bytes.TrimSpace(line[dec.InputOffset():])) > 0 {
		return Request{}, errors.New("there is more than one request on the line")
	}
	if r.Version != Version {
		return Request{}, fmt.Errorf("the request is of version %d, and this process speaks version %d: use the same muster", r.Version, Version)
	}
	switch r.Verb {
	case Pause, Continue, Promote, Abort, Resume:
	default:
		return Request{}, errors.New("the request asks for something that is not known")
	}
	for _, text := range []string{r.Rollout, r.By} {
		if len(text) > maxText || strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsPrint(c) }) {
			return Request{}, errors.New("the request names something too long or not printable")
		}
	}
	return r, nil
}
