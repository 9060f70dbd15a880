package bwsim

import (
	"fmt"
	"strings"

	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/cli"
)

// problem is why a command is refused.
type problem int

const (
	duplicate problem = iota
	notFound
	noSuchFile
	notPEM
	keyMismatch
	encryptedKey
	badCipher
	inUse
	badLogin
	exists
	refused

	noKeys
	foreignKeys
	corruptKeys
	cannotWrite
	unknownApp
	unknownVersion
	badArchive
	badPath
	pathTaken
	wrongState
	badURL
	problems // how many there are
)

// problemTexts are the wordings of each problem, dialect 0's first. The first
// of duplicate and notFound contain what one context is known to print;
// assumed: the rest.
var problemTexts = [problems][]string{
	duplicate:    {"This entry is already present in list", "The entry already exists.", "Duplicate entry."},
	notFound:     {"Entry not found", "The entry does not exist.", "No such entry."},
	noSuchFile:   {"File %s not found", "Cannot open file %s (No such file or directory)", "%s: unable to read the file."},
	notPEM:       {"%s is not a valid certificate file", "Unable to parse %s: unexpected input", "Invalid file format: %s"},
	keyMismatch:  {"The private key does not match the certificate", "Key and certificate mismatch.", "keyFile: certificate public key differs"},
	encryptedKey: {"Encrypted private keys are not supported: %s", "%s is protected by a passphrase."},
	badCipher:    {"%s is not a supported cipher", "Unknown cipher suite %s.", "Cipher name %s is invalid"},
	inUse:        {"Several interfaces have the address %s: the port is mandatory", "Ambiguous interface %s."},
	badLogin:     {"Invalid user ID or password", "Login failed.", "Authentication failure for this user"},
	exists:       {"The alias %s is already present in list", "A trust anchor with alias %s already exists."},
	refused:      {"The command cannot be executed at this time", "Permission denied.", "Operation failed."},

	noKeys:         {"There are no keys to export", "No key pair was generated yet.", "Key store is empty"},
	foreignKeys:    {"%s is not a valid key file", "Unable to import keys from %s: unknown format.", "Invalid file format: %s"},
	corruptKeys:    {"%s is corrupted", "Unable to import keys from %s: integrity check failed.", "Unexpected end of file: %s"},
	cannotWrite:    {"Cannot write file %s", "%s: No space left on device", "Export to %s failed."},
	unknownApp:     {"Application %s is not installed", "No such application: %s"},
	unknownVersion: {"Version %s is not installed", "Invalid version %s."},
	badArchive:     {"%s is not an application archive", "Invalid file format: %s"},
	badPath:        {"%s is not a valid context path", "The context path must start with /"},
	pathTaken:      {"The context path %s is already in use", "Another application is active on %s."},
	wrongState:     {"Application %s is not in the expected state", "The operation is not allowed in the current state of %s."},
	badURL:         {"%s is not a valid URL", "Malformed URL: %s"},
}

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
