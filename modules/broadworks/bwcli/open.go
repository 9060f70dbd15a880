package bwcli

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/muster-run/muster/modules/prompt"
	"github.com/muster-run/muster/plugins/sdk"
)

// shellName is the engine's kept shell in which bwcli runs.
const shellName = "cli"

// answerLimit ends the wait for one answer where the caller's context has no deadline.
const answerLimit = 5 * time.Minute

// Options are what a session may need beyond the connection. The zero value is enough for most servers.
type Options struct {
	// User and Password answer bwcli's own login, which an Application Server may demand before it shows its tree.
	User     string
	Password *sdk.Handle
	// Log is told what a server says unasked; nil drops it.
	Log func(text string)
}

// CLI is a running bwcli on one host, from Open to Close. It is not safe for concurrent use.
type CLI struct {
	conn sdk.Conn
	opts Options
	sh   sdk.Shell
	st   *state
	kept bool // the session comes from an earlier node and has not answered yet
}

// state is what is remembered about a shell that the engine keeps between nodes.
type state struct {
	session *prompt.Session
	shell   prompt.Prompt // of the shell below bwcli
	kind    string        // "XSP_CLI"
	context string        // the level as this package names it
	shown   string        // the level as the prompt shows it
	login   bool          // the login was done
	listed  bool          // the last command was a get
	inStep  bool          // the last node left it waiting at its prompt
}

// Prompts of bwcli. The type and the path are its submatches; transcripts show the type in many forms, even none. Where
// nothing is echoed, the blank that ends one prompt may arrive before the next.
var (
	cliRE      = regexp.MustCompile(`^[ \t]*([A-Za-z0-9]*_?CLI)((?:/[^\s/>;]+)*)/?>[ \t]*$`)
	confirmRE  = regexp.MustCompile(`(?i)[(\[]\s*(y|yes)\b[^()\[\]]*\b(n|no)\s*[)\]]\s*([:?>]\s*|\s)$`)
	passwordRE = regexp.MustCompile(`(?i)(password|passphrase)[^:>]{0,40}:\s*$`)
)

const (
	atCLI      = "cli"
	atConfirm  = "confirm"
	atPassword = "password"
	atShell    = "shell"
)

// Open returns the host's bwcli at its prompt: the one that an earlier node left running, else a new one started from the
// shell. Close gives it back.
func Open(ctx context.Context, conn sdk.Conn, o Options) (*CLI, error) {
	c := &CLI{conn: conn, opts: o}
	if err := c.attach(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// attach takes the kept shell, and starts bwcli in it unless it runs there in step.
func (c *CLI) attach(ctx context.Context) error {
	for {
		sh, err := c.conn.Shell(ctx, shellName)
		if err != nil {
			return c.noShell(err)
		}
		c.sh = sh
		st, remembered := sh.Memory().Value.(*state)
		if !remembered {
			break
		}
		if st.inStep {
			st.inStep = false
			st.session.Attach(sh)
			c.st, c.kept = st, true
			return nil
		}
		sh.Memory().Value = nil
		c.discard()
	}
	c.st = &state{session: prompt.New(c.sh)}
	c.kept = false
	c.sh.Memory().Value = c.st
	if err := c.start(ctx); err != nil {
		c.discard()
		return err
	}
	return nil
}

// Close gives the session back to the engine, for the next node, when it waits at its prompt.
func (c *CLI) Close() {
	if c.sh == nil {
		return
	}
	c.st.inStep = true
	_ = c.sh.Close()
	c.sh = nil
}

// Discard ends the session: what follows would not find it as it was, for example after a restart of the server.
func (c *CLI) Discard() { c.discard() }

func (c *CLI) discard() {
	if c.sh == nil {
		return
	}
	if c.st != nil {
		c.st.inStep = false
	}
	c.sh.Discard()
	_ = c.sh.Close()
	c.sh = nil
}

// Type is the server type that the prompt shows: AS, XSP, ADP; empty when it shows none.
func (c *CLI) Type() string {
	return strings.TrimSuffix(strings.TrimSuffix(strings.ToUpper(c.st.kind), "CLI"), "_")
}

// start types bwcli in the shell and waits for its prompt.
func (c *CLI) start(ctx context.Context) error {
	ctx, cancel := limit(ctx)
	defer cancel()
	line, _, err := c.st.session.Learn(ctx)
	if err != nil {
		return c.lost(ctx, "the shell of the host shows no prompt", sdk.Read, err)
	}
	if m := cliRE.FindStringSubmatch(line); m != nil { // the login shell is bwcli itself
		c.at(m)
		c.st.shell = prompt.Prompt{Name: atShell, RE: regexp.MustCompile(`$^`)}
		return nil
	}
	c.st.shell = prompt.Prompt{Name: atShell, RE: prompt.Literal(line), Idle: true, Sure: never}
	return c.launch(ctx)
}

// launch types bwcli once.
func (c *CLI) launch(ctx context.Context) error {
	reply, err := c.st.session.Ask(ctx, sdk.Line{Text: "bwcli", Effect: sdk.Read}, c.prompts(never)...)
	if err != nil {
		return c.lost(ctx, "bwcli did not start", sdk.Read, err)
	}
	switch reply.Prompt {
	case atCLI:
		c.at(reply.Match)
		return nil
	case atShell:
		return notStarted(reply.Text)
	default:
		return &sdk.Failure{Class: sdk.Failed, Summary: "bwcli asks something before it starts",
			What: exchange("bwcli", reply.Text+reply.Line), Why: "a question at this place is not known", State: "it was not answered",
			Do: []string{"Start bwcli on the host by hand and answer the question; the next run then finds none."}}
	}
}

func never(*prompt.Reply) bool { return false }

// at notes the prompt that bwcli shows now.
func (c *CLI) at(match []string) { c.st.kind, c.st.shown, c.st.context = match[1], match[2], match[2] }

// prompts are all ways in which a conversation can come to rest; sure judges the prompt of bwcli.
func (c *CLI) prompts(sure func(*prompt.Reply) bool) []prompt.Prompt {
	return []prompt.Prompt{
		{Name: atCLI, RE: cliRE, Idle: true, Sure: sure},
		{Name: atConfirm, RE: confirmRE},
		{Name: atPassword, RE: passwordRE},
		c.st.shell,
	}
}

// notStarted judges what bwcli said before the shell's prompt came back.
func notStarted(text string) *sdk.Failure {
	f := &sdk.Failure{Class: sdk.Busy, Summary: "bwcli did not start", What: exchange("bwcli", text), State: "nothing was typed in bwcli"}
	low := strings.ToLower(text)
	switch {
	case strings.Contains(low, "not found"), strings.Contains(low, "no such file"):
		f.Class, f.Why = sdk.Failed, "there is no bwcli on the path of this login"
		f.Do = []string{"Log in as bwadmin or another user made by bwuseradd.", "Check that the host is a BroadWorks server."}
	case strings.Contains(low, "denied"), strings.Contains(low, "permi"), strings.Contains(low, "authori"):
		f.Class, f.Why = sdk.Failed, "this login may not run bwcli"
		f.Do = []string{"Log in as a user with the role BWORKS (see bwuseradd)."}
	case strings.Contains(low, "too many"), strings.Contains(low, "maximum"), strings.Contains(low, "session limit"):
		f.Why = "the server runs as many sessions of bwcli as it allows"
		f.Do = []string{"End a session of bwcli on the host, then run the same command again.", "Let the task try again by itself: run { retry { attempts = 3 } }."}
	default:
		// assumed: what bwcli says while the server restarts is not published, so any other refusal counts as one.
		f.Why = "the server may be starting or stopping"
		f.Do = []string{"Try again when healthmon -l reports NOTIFICATION."}
	}
	return f
}

func (c *CLI) noShell(err error) error {
	return lostFailure("could not open a shell on the host", sdk.Read, "", err)
}

// limit gives a context without deadline one.
func limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, answerLimit)
}

// wrongType is for modules that belong on other servers than the one they met.
func wrongType(module, want, got string) *sdk.Failure {
	return &sdk.Failure{Class: sdk.Failed, Summary: fmt.Sprintf("%s belongs on %s; this host runs %s", module, want, got),
		Why: "the prompt of its bwcli names the server type", Do: []string{"Change the play's hosts pattern."}}
}

// Require fails unless the server is of one of the types, or shows no type at all.
func (c *CLI) Require(module string, types ...string) error {
	t := c.Type()
	for _, want := range types {
		if t == want || t == "" {
			return nil
		}
	}
	return wrongType(module, strings.Join(types, " or "), t)
}
