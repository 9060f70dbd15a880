package bwsim

import (
	"fmt"
	"strings"

	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/cli"
)

// refuse prints why a command is not done.
func (h *Host) refuse(c *cli.Call, p problem, args ...any) error {
	h.answer(c, h.dialect.refusal(c.Name(), p, args...))
	return nil
}

// answer prints the answer to a command with the dialect's chatter around it.
func (h *Host) answer(c *cli.Call, text string) {
	before := h.dialect.before
	if c.Name() != "get" && before != "\n" {
		before = ""
	}
	c.Print(before + text + h.dialect.after)
}

func (d *dialect) refusal(command string, p problem, args ...any) string {
	return d.wrapError(command, d.reason(p, args...)) + "\n"
}

func (d *dialect) reason(p problem, args ...any) string {
	text := d.texts[p]
	if strings.Contains(text, "%s") {
		text = fmt.Sprintf(text, args...)
	}
	return text
}

// wrapError puts a reason into the dialect's shape of an error.
func (d *dialect) wrapError(command, text string) string {
	switch d.errors {
	case errorCommand:
		return "[CLIError] Command " + command + ": " + text
	case errorWrite:
		return "Failed to write data to the configuration system\n" + text
	case errorBare:
		return text
	}
	return "[Error] " + text
}

// done prints the success of a write.
func (h *Host) done(c *cli.Call, needsRestart bool) error {
	h.answer(c, h.success(needsRestart))
	return nil
}

func (h *Host) success(needsRestart bool) string {
	d := h.dialect
	if !needsRestart {
		return d.done
	}
	warning := h.warning() + "\n"
	switch d.restart {
	case doneThenWarning:
		return d.done + warning
	case warningThenDone:
		return warning + d.done
	case doneOnly:
		return d.done
	}
	return warning
}

// warning is one of the two published notices.
func (h *Host) warning() string {
	const stars = "*** Warning: BroadWorks needs to be restarted for the changes to take effect ***"
	const plain = "A restart is required for the change to take effect."
	old := h.opts.Release == "R22" || h.opts.Release == "R23"
	if h.dialect.warning == warningStars || h.dialect.warning == warningByRelease && old {
		return stars
	}
	return plain
}

// voice gives the dialect's wordings to bwcli's grammar.
type voice struct{ h *Host }

const (
	colourOn  = "\x1b[1;32m"
	colourOff = "\x1b[0m"
)

// Prompt implements cli.Voice.
func (v voice) Prompt(plain string) string {
	if v.h.dialect.cliColour || v.h.opts.Profile.ColourPrompt {
		return colourOn + plain + colourOff
	}
	return plain
}

// Ambiguous implements cli.Voice. assumed: all of it.
func (v voice) Ambiguous(word string, among []string) string {
	switch v.h.dialect.ambiguous {
	case 1:
		return "[CLIError] Ambiguous command " + word + ": " + strings.Join(among, ", ")
	case 2:
		return "Ambiguous command"
	}
	return "Invalid command"
}

// Missing implements cli.Voice; the first form is the one of 2005.
func (v voice) Missing(command string, p cli.Param) string {
	if v.h.dialect.errors == errorBare || v.h.dialect.errors == errorWrite {
		return "Mandatory parameter missing: " + p.Name
	}
	return fmt.Sprintf("[CLIError] Command %s: Mandatory parameter missing\n<%s>, %s", command, p.Name, p.Type)
}

// BadValue implements cli.Voice. assumed: all of it.
func (v voice) BadValue(command string, p cli.Param, got string) string {
	if v.h.dialect.errors == errorBare || v.h.dialect.errors == errorWrite {
		return fmt.Sprintf("Invalid value for %s: %s", p.Name, got)
	}
	return fmt.Sprintf("[CLIError] Command %s: Invalid parameter value %s\n<%s>, %s", command, got, p.Name, p.Type)
}

// TooMany implements cli.Voice. assumed: all of it.
func (v voice) TooMany(command, got string) string {
	if v.h.dialect.errors == errorBare || v.h.dialect.errors == errorWrite {
		return "Unexpected parameter: " + got
	}
	return fmt.Sprintf("[CLIError] Command %s: Too many parameters", command)
}
