package broadworks

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/plugins/sdk"
)

// byHand is how to go on where a server offers no way to make keys.
var byHand = []string{
	"Have the server make new keys by hand, in the way that its own documentation says.",
	"Where " + keysMarker + " is not on that host yet, run once without generation before, so that the old keys are known.",
	"Then run this playbook with fan_out { from = THAT HOST }: keys that are others than before are taken as the new ones.",
}

// first makes the first keys: by a token request, as the guide says. What it answers is not published: whether keys were
// made is what a second export shows.
func (g *giving) first(ctx context.Context) error {
	asked := g.askToken(ctx)
	if asked == nil {
		if err := g.export(ctx, true); err != nil {
			return err
		}
		if g.file != nil {
			return g.showNew(ctx)
		}
		asked = g.noKeys()
	}
	if !g.lacks {
		return asked // a server that may have keys must not lose them to a command
	}
	// assumed: where the request makes none, and before an HTTP interface's first restart it cannot, a command that the
	// server lists and that makes keys does the same.
	command, err := g.makingCommand(ctx)
	if err != nil {
		return err
	}
	if command == "" {
		return asked
	}
	if err := g.make(ctx, command); err != nil {
		return err
	}
	return g.exportNew(ctx)
}

// noKeys is a token request that was answered and made no keys.
func (g *giving) noKeys() error {
	return &sdk.Failure{Class: sdk.Failed, Summary: "the token request made no keys", Why: strings.Join(g.notes, "; ") + "; exportKeys finds none",
		State: "no host's keys were changed", Do: []string{"Where the service waits for a restart, restart the host, then run again.",
			"Or name a host that has keys with fan_out { from }."}}
}

// replace has the server make other keys. It reports false when that was done by hand since the marker was left.
func (g *giving) replace(ctx context.Context) (bool, error) {
	if other, err := g.replacedByHand(ctx); err != nil || other {
		return false, err
	}
	// assumed: how a server is made to replace its keys is not published. Only a command that the server itself lists, and
	// the only one whose name says so, is typed.
	command, err := g.makingCommand(ctx)
	if err != nil {
		return false, err
	}
	if command == "" {
		return false, &sdk.Failure{Class: sdk.Failed, Summary: "muster does not know how this server is made to replace its keys",
			What: "help in " + keysContext + " lists no single command that makes keys", Why: "it is not published",
			State: "nothing was changed", Do: byHand, Arg: "generation"}
	}
	return true, g.make(ctx, command)
}

// replacedByHand reports whether the server's keys are others than those that the marker speaks of.
func (g *giving) replacedByHand(ctx context.Context) (bool, error) {
	m := g.marker
	if m == nil || m.digest == "" {
		return false, nil
	}
	if g.shown.identity != "" && m.shown != "" {
		return !m.vouches(g.shown), nil
	}
	if g.file.SHA256 == m.digest {
		return false, nil
	}
	salted, err := g.differs(ctx)
	return !salted, err
}

var (
	helpEntry  = regexp.MustCompile(`(?m)^\s*\d+\s*[).:]\s*([A-Za-z][A-Za-z0-9_-]*)\s*[:-]`)
	makingName = regexp.MustCompile(`(?i)^((re)?generate|cycle|renew|rotate|create|new|replace|rekey)-?_?(new)?-?_?(rsa)?-?_?(key|keys|key-?_?pairs?)?$`)
)

// makingCommand is the one command that help lists and whose name says that it makes keys; "" when there is none, or more.
func (g *giving) makingCommand(ctx context.Context) (string, error) {
	answer, err := g.cli.Do(ctx, bwcli.Command{Context: keysContext, Words: []string{"help"}, Effect: sdk.Read})
	if err != nil {
		return "", err
	}
	var found []string
	for _, m := range helpEntry.FindAllStringSubmatch(answer.Text, -1) {
		if makingName.MatchString(m[1]) {
			found = append(found, m[1])
		}
	}
	if len(found) != 1 {
		return "", nil
	}
	return found[0], nil
}

// make types the command.
func (g *giving) make(ctx context.Context, command string) error {
	// The old marker must not outlive its keys.
	if err := removeMarker(ctx, g.req.Conn, keysMarker); err != nil {
		return err
	}
	answer, err := g.cli.Do(ctx, bwcli.Command{Context: keysContext, Words: []string{command}, Effect: sdk.Once, Foreseen: aboutKeys})
	if err != nil {
		return err
	}
	if answer.Refusal != "" {
		return answer.Refused("could not make keys", "no other host was changed")
	}
	g.notes = append(g.notes, fmt.Sprintf("keys were made with %s, which help lists: that it does so is assumed", command))
	if answer.Restart {
		g.notes = append(g.notes, "the server says that a restart is needed: "+strings.TrimSpace(answer.Text))
	}
	return nil
}
