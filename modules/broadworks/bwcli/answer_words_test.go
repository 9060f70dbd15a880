package bwcli

import (
	"regexp"
	"strings"
	"testing"
)

// Every alternative of the patterns, so that a word that is missing from a list shows.
var spoken = []string{
	"...Done", "... done", "  ...DONE", "*** Warning: BroadWorks needs to be restarted ***", "A restart is required", "restart may be needed",
	"requires a restart", "must be restarted", "after the next restart", "please restart", "[Error] x", "[CLIError] x", "ERROR: x", "invalid command",
	"failed", "failure", "cannot x", "could not x", "unable to", "illegal x", "unknown x", "unrecognized x", "unrecognised", "permission x",
	"access denied", "denied", "not allowed", "not authorised", "not permitted", "not found", "refused", "can't", "does not exist", "no such",
	"already present", "already exists", "already defined", "already in use", "already configured", "duplicate", "not supported", "not valid",
	"not recognized", "privilege", "missing", "mandatory", "rejected", "must be", "out of range", "mismatch", "does not match",
}

var guarded = []struct {
	pattern *regexp.Regexp
	words   []string
}{{doneLine, doneWords}, {restartLine, restartWords}, {errorMark, errorWords}, {errorWord, errorWords}}

func FuzzWordsGuardPatterns(f *testing.F) {
	for _, s := range spoken {
		f.Add(s)
		f.Add(strings.ToUpper(s))
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range s {
			if r > 0x7f {
				t.Skip() // Unicode has letters that only regexps take for ASCII ones
			}
		}
		for _, g := range guarded {
			if g.pattern.MatchString(s) && !mentions(s, g.words) {
				t.Errorf("%q matches %s and holds none of %q", s, g.pattern, g.words)
			}
		}
	})
}
