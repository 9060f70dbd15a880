package bwcli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/muster-run/muster/modules/prompt"
	"github.com/muster-run/muster/plugins/sdk"
)

// ErrNoContext is wrapped by the failure of a command whose context this server does not have, or not yet.
var ErrNoContext = errors.New("no such context")

// move goes to a context: in one step, else level by level, and after a login when the tree may be hidden without one.
func (c *CLI) move(ctx context.Context, where string) error {
	if c.sh == nil {
		if err := c.attach(ctx); err != nil {
			return err
		}
	}
	if strings.EqualFold(c.st.context, strings.TrimSuffix(where, "/")) {
		return nil
	}
	if where == "/" {
		refused, err := c.step(ctx, "qa", "")
		if err == nil && refused != "" {
			err = c.unknownContext(where, refused)
		}
		return err
	}
	answer, err := c.walk(ctx, where)
	if err != nil || answer == "" {
		return err
	}
	if !c.st.login && c.opts.User != "" {
		if err := c.logIn(ctx); err != nil {
			return err
		}
		if answer, err = c.walk(ctx, where); err != nil || answer == "" {
			return err
		}
	}
	return c.unknownContext(where, answer)
}

// walk tries both ways of moving; answer is what the last refused step was told, empty when the context was reached.
func (c *CLI) walk(ctx context.Context, where string) (answer string, err error) {
	if answer, err = c.step(ctx, "cd "+where, where); err != nil || answer == "" {
		return answer, err
	}
	if refused, err := c.step(ctx, "qa", ""); err != nil {
		return "", err
	} else if refused != "" {
		return answer, nil // qa is not known here either: the answer to cd tells more
	}
	levels := strings.Split(strings.Trim(where, "/"), "/")
	for i, level := range levels {
		refused, err := c.step(ctx, level, "/"+strings.Join(levels[:i+1], "/"))
		if err != nil || refused != "" {
			return refused, err
		}
	}
	c.st.context = where
	return "", nil
}

// step types one command that moves, and reports what was answered unless the prompt then shows the wanted level.
func (c *CLI) step(ctx context.Context, typed, want string) (answer string, err error) {
	ctx, cancel := limit(ctx)
	defer cancel()
	sure := func(r *prompt.Reply) bool { return strings.EqualFold(r.Match[2], want) }
	r, err := c.ask(ctx, sdk.Line{Text: typed, Effect: sdk.Read}, sdk.Read, sure)
	if err != nil {
		return "", err
	}
	if r.Prompt != atCLI {
		return "", c.decline(ctx, typed, r.Text+r.Line)
	}
	c.at(r.Match)
	if !reached(r.Match[2], want) {
		return strings.TrimSpace(typed + "\n" + r.Text), nil
	}
	c.st.context = want
	return "", nil
}

// reached compares the level that the prompt shows with the wanted one: names are case-insensitive and may be abbreviated.
func reached(shown, want string) bool {
	a, b := strings.Split(strings.ToLower(shown), "/"), strings.Split(strings.ToLower(want), "/")
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !strings.HasPrefix(a[i], b[i]) && !strings.HasPrefix(b[i], a[i]) || (a[i] == "") != (b[i] == "") {
			return false
		}
	}
	return true
}

// logIn is bwcli's own login, by a user of BroadWorks; the engine types the password.
func (c *CLI) logIn(ctx context.Context) error {
	ctx, cancel := limit(ctx)
	defer cancel()
	typed, err := line([]string{"login", c.opts.User})
	if err != nil {
		return &sdk.Failure{Class: sdk.Failed, Summary: "host.data.bwcli_user cannot be typed", Why: err.Error(), State: "nothing was sent"}
	}
	r, err := c.ask(ctx, sdk.Line{Text: typed, Effect: sdk.Read}, sdk.Read, nil)
	if err != nil {
		return err
	}
	if r.Prompt == atPassword {
		if c.opts.Password == nil {
			c.discard()
			return &sdk.Failure{Class: sdk.Failed, Summary: "bwcli asks for a password", What: exchange(typed, r.Text+r.Line),
				Why: "host.data.bwcli_user is set, host.data.bwcli_password is not"}
		}
		if r, err = c.ask(ctx, sdk.Line{Secret: c.opts.Password, Effect: sdk.Read}, sdk.Read, nil); err != nil {
			return err
		}
	}
	if a := judge(typed, r.Text); r.Prompt != atCLI || a.Refusal != "" {
		if r.Prompt != atCLI {
			c.discard()
		}
		return &sdk.Failure{Class: sdk.Failed, Summary: fmt.Sprintf("bwcli refused the login of %q", c.opts.User),
			What: exchange(typed, r.Text), Do: []string{"Check host.data.bwcli_user and host.data.bwcli_password."}}
	}
	c.at(r.Match)
	c.st.login = true
	return nil
}

func (c *CLI) unknownContext(where, answer string) error {
	typed, text, _ := strings.Cut(answer, "\n")
	f := &sdk.Failure{Class: sdk.Failed, Summary: fmt.Sprintf("bwcli of this %s has no context %s", c.Type(), where),
		What: exchange(typed, text), Why: "the server type or its release has other contexts", State: "nothing was changed", Err: ErrNoContext}
	if c.Type() == "AS" && !c.st.login {
		f.Why = "an Application Server may hide most contexts until a login"
		f.Do = []string{"Set host.data.bwcli_user and host.data.bwcli_password in the inventory."}
	} else {
		f.Do = []string{"Check the play's hosts pattern, and the context's name in bwcli by hand."}
	}
	return f
}
