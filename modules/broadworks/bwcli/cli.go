package bwcli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/muster-run/muster/modules/prompt"
	"github.com/muster-run/muster/plugins/sdk"
)

// Command is one command that changes something.
type Command struct {
	Context string   // absolute, as in "/Interface/CTI/CTIServer"
	Words   []string // verb and values; values with blanks are quoted here
	Effect  sdk.Effect
	// Foreseen judges a question that bwcli asks about the command: true answers yes. Nil foresees none. A question that
	// was not foreseen is answered no, and the command fails.
	Foreseen func(question string) bool
	// Secret gives what is typed where bwcli asks for a password or passphrase. Nil, as a function or as its answer, foresees
	// none: the command fails.
	Secret func(question string) *sdk.Handle
	// Proof reads whether the command has taken effect. It is asked when the connection was lost after the command was
	// typed. Nil leaves a Once command uncertain.
	Proof func(ctx context.Context) (bool, error)
}

// Get reads a context. Arguments are values, such as the address that the CTI contexts want.
func (c *CLI) Get(ctx context.Context, where string, args ...string) (*Listing, error) {
	l, err := c.get(ctx, where, args)
	if err != nil && c.mayRepeat(err) {
		c.discard()
		if err := c.attach(ctx); err != nil {
			return nil, err
		}
		l, err = c.get(ctx, where, args)
	}
	return l, c.explain(err)
}

// mayRepeat permits one more try of a read that found bwcli gone: it may have ended while no node used it.
func (c *CLI) mayRepeat(err error) bool {
	if errors.Is(err, errEnded) {
		return true
	}
	f := (*sdk.Failure)(nil)
	return c.kept && errors.As(err, &f) && f.Class == sdk.Unreachable
}

func (c *CLI) explain(err error) error {
	if errors.Is(err, errEnded) {
		return lostFailure("bwcli ended", sdk.Read, "", err)
	}
	return err
}

func (c *CLI) get(ctx context.Context, where string, args []string) (*Listing, error) {
	typed, err := line(append([]string{"get"}, args...))
	if err != nil {
		return nil, &sdk.Failure{Class: sdk.Failed, Summary: "a value cannot be typed in bwcli", Why: err.Error(), State: "nothing was sent"}
	}
	if err := c.move(ctx, where); err != nil {
		return nil, err
	}
	r, err := c.converse(ctx, sdk.Line{Text: typed, Effect: sdk.Read}, bigGet, nil)
	if err != nil {
		return nil, err
	}
	c.st.listed = true
	r.Text = withoutEcho(r.Text, typed)
	l := ParseListing(r.Text)
	switch a := judge(typed, r.Text); {
	case a.Refusal != "" && !l.Recognised():
		f := a.Refused(fmt.Sprintf("could not read %s", where), "")
		return nil, f
	case r.Cut || l.Missing() > 0:
		return nil, &sdk.Failure{Class: sdk.Failed, Summary: fmt.Sprintf("could not read all of %s", where),
			What: exchange(typed, r.Text), Why: "the listing counts more entries than it shows"}
	}
	return &l, nil
}

// withoutEcho takes the echo away that a terminal shows a second time: no listing begins with the get that asked for it.
func withoutEcho(text, typed string) string {
	if first, rest, _ := strings.Cut(text, "\n"); strings.TrimSpace(first) == typed {
		return rest
	}
	return text
}

// bigGet foresees the question that get asks before it lists many entries.
func bigGet(question string) bool {
	low := strings.ToLower(question)
	return strings.Contains(low, "entr") || strings.Contains(low, "filter") || strings.Contains(low, "access") ||
		strings.Contains(low, "continue") && !harmful(low)
}

// Do types a command that changes something. The error is about the conversation; a refusal is an Answer, since only the
// caller knows what to read back.
func (c *CLI) Do(ctx context.Context, cmd Command) (*Answer, error) {
	typed, err := line(cmd.Words)
	if err != nil {
		return nil, &sdk.Failure{Class: sdk.Failed, Summary: "a value cannot be typed in bwcli", Why: err.Error(), State: "nothing was sent"}
	}
	if err := c.move(ctx, cmd.Context); err != nil {
		return nil, c.explain(err)
	}
	foreseen := cmd.Foreseen
	if foreseen == nil {
		foreseen = func(string) bool { return false }
	}
	r, err := c.converse(ctx, sdk.Line{Text: typed, Effect: cmd.Effect}, foreseen, cmd.Secret)
	if err != nil {
		return c.prove(ctx, cmd, typed, err)
	}
	c.st.listed = false
	return judge(typed, r.Text), nil
}

// prove reads whether a command took effect whose answer was lost.
func (c *CLI) prove(ctx context.Context, cmd Command, typed string, err error) (*Answer, error) {
	f := (*sdk.Failure)(nil)
	if errors.Is(err, errEnded) {
		f = lostFailure("bwcli ended while a command was under way", cmd.Effect, exchange(typed, ""), err)
		c.discard()
	} else if !errors.As(err, &f) {
		return nil, err
	}
	interrupted := f.Class == sdk.Unreachable || f.Class == sdk.Uncertain || f.Class == sdk.Busy
	if !interrupted || cmd.Proof == nil || ctx.Err() != nil {
		return nil, f
	}
	if aerr := c.attach(ctx); aerr != nil {
		return nil, f
	}
	switch done, perr := cmd.Proof(ctx); {
	case perr != nil:
		return nil, f
	case done:
		return &Answer{Typed: typed, Proved: true}, nil
	default:
		f.Class, f.State = sdk.Unreachable, "a later read shows that the command did not take effect"
		f.Do = nil
		return nil, f
	}
}

// converse types a line in the present context and answers the questions that come, until bwcli waits again.
func (c *CLI) converse(ctx context.Context, l sdk.Line, foreseen func(string) bool, secret func(string) *sdk.Handle) (*prompt.Reply, error) {
	ctx, cancel := limit(ctx)
	defer cancel()
	if c.sh == nil {
		return nil, &sdk.Failure{Class: sdk.Unreachable, Summary: "bwcli is not open any more", Why: "an earlier command lost it"}
	}
	isGet := strings.HasPrefix(l.Text, "get")
	sure := func(r *prompt.Reply) bool {
		return strings.EqualFold(r.Match[1], c.st.kind) && strings.EqualFold(r.Match[2], c.st.shown) &&
			(!isGet || strings.TrimSpace(r.Text) != "")
	}
	r, err := c.ask(ctx, l, l.Effect, sure)
	for q := (questions{foreseen: foreseen, secret: secret}); err == nil && (r.Prompt == atConfirm || r.Prompt == atPassword); {
		question := strings.TrimSpace(r.Text + r.Line)
		answer, known := q.answer(r.Prompt, question)
		switch {
		case !known && r.Prompt == atConfirm:
			return nil, c.decline(ctx, l.Text, question)
		case !known:
			c.discard()
			return nil, &sdk.Failure{Class: sdk.Failed, Summary: "bwcli asked for a password that the task did not foresee",
				What: exchange(l.Text, question), State: "the session was closed without an answer"}
		}
		answer.Effect = l.Effect
		r, err = c.ask(ctx, answer, l.Effect, sure)
	}
	if err != nil {
		return nil, err
	}
	c.at2(r.Match)
	return r, nil
}

// questions answers what bwcli asks about one command.
type questions struct {
	foreseen func(string) bool
	secret   func(string) *sdk.Handle
	asked    int // so far
	yes      int // of them, answered with a yes
}

const maxQuestions = 8 // a conversation that asks more goes in circles

// answer gives the answer to a question; known is false where none was foreseen. A yes that is not taken is tried in
// other forms.
func (q *questions) answer(prompt, question string) (l sdk.Line, known bool) {
	if q.asked++; q.asked > maxQuestions {
		return sdk.Line{}, false
	}
	if prompt == atPassword {
		if q.secret != nil {
			l.Secret = q.secret(question)
		}
		return l, l.Secret != nil
	}
	yeses := []string{"y", "Y", "Yes"}
	if !q.foreseen(question) || q.yes == len(yeses) {
		return sdk.Line{}, false
	}
	q.yes++
	return sdk.Line{Text: yeses[q.yes-1]}, true
}

// at2 follows the prompt when a command itself moved to another level.
func (c *CLI) at2(match []string) {
	if !strings.EqualFold(match[2], c.st.shown) {
		c.at(match)
	}
}

// ask is one exchange. An answer of the shell below is errEnded; any other break of the conversation is a *sdk.Failure.
func (c *CLI) ask(ctx context.Context, l sdk.Line, effect sdk.Effect, sure func(*prompt.Reply) bool) (*prompt.Reply, error) {
	wasListing := c.st.listed
	c.st.listed = false
	r, err := c.st.session.Ask(ctx, l, c.prompts(sure)...)
	if err != nil {
		said := l.Text
		if l.Secret != nil {
			said = "the password"
		}
		return nil, c.lost(ctx, fmt.Sprintf("no answer from bwcli to %q", clip(said, 80)), effect, err)
	}
	if r.Prompt == atShell {
		return nil, errEnded
	}
	c.kept = false
	c.tell(r.After)
	return r, c.late(r, wasListing)
}

// late looks at what came before the echo. A notice is passed on; the rest of a listing means that the listing was taken
// for complete too early, and then nothing read from it can be trusted.
func (c *CLI) late(r *prompt.Reply, wasListing bool) error {
	for _, s := range c.tell(r.Late) {
		if wasListing && !asyncLine.MatchString(s) && len(spans(s)) > 1 {
			c.discard()
			return &sdk.Failure{Class: sdk.Failed, Summary: "the conversation with bwcli went out of step",
				What: exchange("get", r.Late), Why: "more of a listing arrived after its end", Do: []string{"Run it again."}}
		}
	}
	return nil
}

// tell passes on what bwcli says unasked, and returns its lines.
func (c *CLI) tell(text string) []string {
	var lines []string
	for s := range strings.Lines(text) {
		s = strings.TrimSpace(s)
		if s == "" || cliRE.MatchString(s) {
			continue
		}
		lines = append(lines, s)
		if c.opts.Log != nil {
			c.opts.Log("bwcli says: " + s)
		}
	}
	return lines
}

// decline answers no to a question and says so.
func (c *CLI) decline(ctx context.Context, typed, question string) error {
	f := &sdk.Failure{Class: sdk.Failed, Summary: "bwcli asked a question that the task did not foresee",
		What: exchange(typed, question), State: "it was answered with n; nothing should have changed",
		Do: []string{"Type the command by hand if the answer should be yes."}}
	r, err := c.st.session.Ask(ctx, sdk.Line{Text: "n", Effect: sdk.Read}, c.prompts(nil)...)
	if err != nil || r.Prompt != atCLI {
		c.discard()
		f.State = "the session was closed; nothing should have changed"
		return f
	}
	c.at2(r.Match)
	return f
}

// harmful recognises questions about more than the command itself: they are never foreseen by a plain change.
func harmful(question string) bool {
	for _, word := range []string{"restart", "reboot", "downtime", "lock", "shut", "stop", "drop", "all "} {
		if strings.Contains(strings.ToLower(question), word) {
			return true
		}
	}
	return false
}

// Plain foresees a question whether to do what was typed, such as "Are you sure?", but none that speaks of restarts, stops
// or of everything. For commands that replace or take away.
func Plain(question string) bool { return !harmful(question) }
