package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/muster-run/muster/engine/event"
)

// Styles are ANSI sequences; the writer behind a view takes them out where they do not belong.
const (
	reset  = "\x1b[0m"
	bold   = "\x1b[1m"
	dim    = "\x1b[2m"
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
)

func styled(style, text string) string {
	if style == "" || text == "" {
		return text
	}
	return style + text + reset
}

// shown is how a status is written, and in what colour.
type shown struct{ sign, word, style string }

var statuses = map[event.Status]shown{
	event.OK:          {"=", "ok", ""},
	event.Changed:     {"~", "changed", green},
	event.WouldChange: {"~", "to change", green},
	event.WouldRun:    {">", "to run", green},
	event.Unsure:      {"?", "not known", yellow},
	event.Failed:      {"!", "failed", red},
	event.Unreachable: {"!", "unreachable", red},
	event.Unknown:     {"!", "unknown", red},
	event.Skipped:     {"=", "skipped", ""},
	event.NotRun:      {"-", "not run", yellow},
	event.NotNotified: {"=", "not needed", ""},
}

// shout is the word of a status as it stands in progress lines: what is wrong must not be overlooked without colour.
func (s shown) shout() string {
	if s.style == red {
		return strings.ToUpper(s.word)
	}
	return s.word
}

// count is a number with separators and a noun that agrees: 1 host, 2,117 hosts.
func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return thousands(n) + " " + noun
}

func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}

// lasted is a duration as a person says it: 0.4s, 12s, 3m05s, 1h02m.
func lasted(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%.0fs", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
}
