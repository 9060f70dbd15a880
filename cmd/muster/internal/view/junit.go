package view

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/muster-run/muster/engine/event"
)

// JUnit writes a run as the XML that CI systems read: a test suite for each play, a test case for each node. replay hands
// the run's events to a sink.
func JUnit(w io.Writer, name string, replay func(event.Sink)) error {
	j := &junit{Name: name, suite: map[string]*junitSuite{}}
	replay(event.SinkFunc(j.handle))
	for _, s := range j.Suites {
		j.Tests, j.Failures, j.Errors, j.Skipped = j.Tests+s.Tests, j.Failures+s.Failures, j.Errors+s.Errors, j.Skipped+s.Skipped
		s.Time = seconds(s.took)
		j.took += s.took
	}
	j.Time = seconds(j.took)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(j); err != nil {
		return fmt.Errorf("junit: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

type junit struct {
	XMLName  xml.Name      `xml:"testsuites"`
	Name     string        `xml:"name,attr"`
	Tests    int           `xml:"tests,attr"`
	Failures int           `xml:"failures,attr"`
	Errors   int           `xml:"errors,attr"`
	Skipped  int           `xml:"skipped,attr"`
	Time     string        `xml:"time,attr"`
	Suites   []*junitSuite `xml:"testsuite"`

	suite map[string]*junitSuite
	took  time.Duration
}

type junitSuite struct {
	Name      string      `xml:"name,attr"`
	Tests     int         `xml:"tests,attr"`
	Failures  int         `xml:"failures,attr"`
	Errors    int         `xml:"errors,attr"`
	Skipped   int         `xml:"skipped,attr"`
	Time      string      `xml:"time,attr"`
	Timestamp string      `xml:"timestamp,attr,omitempty"`
	Cases     []junitCase `xml:"testcase"`

	took time.Duration
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	Time    string        `xml:"time,attr"`
	Failure *junitProblem `xml:"failure,omitempty"`
	Error   *junitProblem `xml:"error,omitempty"`
	Skipped *junitProblem `xml:"skipped,omitempty"`
	Out     string        `xml:"system-out,omitempty"`
}

type junitProblem struct {
	Message string `xml:"message,attr,omitempty"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }

func (j *junit) handle(e event.Event) {
	if e.Type != event.NodeFinished || e.Node.Name == "" {
		return
	}
	name := e.Node.Play
	if name == "" {
		name = "playbook" // checks and handlers at file level
	}
	s, ok := j.suite[name]
	if !ok {
		s = &junitSuite{Name: name, Timestamp: e.Time.UTC().Format("2006-01-02T15:04:05")}
		j.suite[name] = s
		j.Suites = append(j.Suites, s)
	}
	s.add(e)
}

func (s *junitSuite) add(e event.Event) {
	c := junitCase{Name: e.Node.Instance.String(), Class: e.Node.Host, Time: seconds(e.Duration)}
	if e.Node.Host != "" {
		c.Name += " on " + e.Node.Host
	} else {
		c.Class = s.Name
	}
	s.Tests++
	s.took += e.Duration
	switch e.Status {
	case event.Failed:
		s.Failures++
		c.Failure = problemOf(e)
	case event.Unreachable, event.Unknown:
		s.Errors++
		c.Error = problemOf(e)
	case event.Skipped, event.NotRun, event.NotNotified:
		s.Skipped++
		c.Skipped = &junitProblem{Message: clean(e.Text)}
	default:
		var lines []string
		for _, change := range e.Changes {
			lines = append(lines, clean(strings.TrimSpace(plainChange(change))))
		}
		c.Out = strings.Join(lines, "\n")
	}
	s.Cases = append(s.Cases, c)
}

func problemOf(e event.Event) *junitProblem {
	p := &junitProblem{Message: clean(e.Text), Type: string(e.Status)}
	if d := e.Diag; d != nil {
		p.Message, p.Type = clean(d.Summary), d.Code
		for _, part := range append([]string{d.Where, d.What, d.Detail, d.State}, d.Do...) {
			if part != "" {
				p.Text += clean(part) + "\n"
			}
		}
	}
	return p
}

// plainChange is a line of a diff without colour.
func plainChange(c event.Change) string {
	switch {
	case c.Before == "" && c.After == "":
		return c.What
	case c.Before == "":
		return "+ " + c.What + "  " + c.After
	case c.After == "":
		return "- " + c.What + "  " + c.Before
	}
	return c.What + "  " + c.Before + " -> " + c.After
}

// clean takes out what XML 1.0 cannot hold.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r >= 0x20 && r <= 0xd7ff || r >= 0xe000 && r <= 0xfffd || r >= 0x10000:
			return r
		}
		return '?'
	}, s)
}
