package broadworks

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/plugins/sdk"
)

// settings are named values of one context that prints them with get and changes each with `set NAME VALUE`.
type settings struct {
	context string
	want    map[string]string
	// loose takes a name that get does not print for one that is not set; otherwise it is an error, since a misspelt name
	// would look the same.
	loose bool
}

// names are the wanted settings, sorted.
func (s settings) names() []string {
	names := make([]string, 0, len(s.want))
	for n := range s.want {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// differing reads the context and returns what is not as wanted, and the listing.
func (s settings) differing(ctx context.Context, cli *bwcli.CLI) ([]sdk.Diff, *bwcli.Listing, error) {
	l, err := cli.Get(ctx, s.context)
	if err != nil {
		return nil, nil, err
	}
	var diff []sdk.Diff
	for _, name := range s.names() {
		is, found := l.Value(name)
		if !found && !s.loose {
			return nil, l, noSetting(s.context, name, l)
		}
		if !sameValue(is, s.want[name]) {
			diff = append(diff, sdk.Diff{What: name, Before: is, After: s.want[name]})
		}
	}
	return diff, l, nil
}

// apply sets what differs, one setting a command, and reads the context back.
func (s settings) apply(ctx context.Context, cli *bwcli.CLI) (diff []sdk.Diff, notes []string, err error) {
	diff, _, err = s.differing(ctx, cli)
	if err != nil || len(diff) == 0 {
		return nil, nil, err
	}
	answers := map[string]*bwcli.Answer{}
	for _, d := range diff {
		one := settings{context: s.context, want: map[string]string{d.What: d.After}, loose: s.loose}
		answers[d.What], err = cli.Do(ctx, bwcli.Command{
			Context: s.context, Words: []string{"set", d.What, d.After}, Effect: sdk.Idempotent,
			Proof: func(ctx context.Context) (bool, error) {
				left, _, err := one.differing(ctx, cli)
				return len(left) == 0, err
			},
		})
		if err != nil {
			return nil, nil, err
		}
		if answers[d.What].Restart {
			notes = append(notes, d.What+" takes effect with a restart, says the server")
		}
	}
	left, _, err := s.differing(ctx, cli)
	if err != nil {
		return nil, nil, err
	}
	if len(left) > 0 {
		d := left[0]
		return nil, nil, answers[d.What].Refused(fmt.Sprintf("could not set %s to %q", d.What, d.After), fmt.Sprintf("get shows %q", d.Before))
	}
	return diff, notes, nil
}

// sameValue compares what get prints with what is wanted: case counts only where it can mean something.
func sameValue(is, want string) bool {
	is, want = strings.TrimSpace(is), strings.TrimSpace(want)
	if is == want {
		return true
	}
	if a, err := strconv.Atoi(is); err == nil {
		b, err := strconv.Atoi(want)
		return err == nil && a == b
	}
	a, known := boolean(is)
	b, alsoKnown := boolean(want)
	return known && alsoKnown && a == b
}

func noSetting(where, name string, l *bwcli.Listing) error {
	var there []string
	for _, p := range l.Pairs {
		there = append(there, p[0])
	}
	f := &sdk.Failure{Class: sdk.Failed, Summary: fmt.Sprintf("%s shows no setting %s", where, name),
		What: "get printed: " + brief(l.Text), State: "nothing was changed"}
	if len(there) > 0 {
		f.Why = "its settings are " + strings.Join(there, ", ")
	}
	return f
}

// lacksContext reports an error that says that the context is not there.
func lacksContext(err error) bool { return errors.Is(err, bwcli.ErrNoContext) }

// xspSettings runs work on the bwcli of an XSP or ADP.
func xspSettings[T any](ctx context.Context, req *sdk.Request, module string, work func(*bwcli.CLI) (T, error)) (T, error) {
	var none T
	cli, err := open(ctx, req)
	if err != nil {
		return none, err
	}
	defer cli.Close()
	if err := cli.Require(module, "XSP", "ADP"); err != nil {
		return none, err
	}
	return work(cli)
}

// check and apply of a module that is nothing but settings.
func (s settings) check(ctx context.Context, req *sdk.Request, module string) (*sdk.CheckResult, error) {
	return xspSettings(ctx, req, module, func(cli *bwcli.CLI) (*sdk.CheckResult, error) {
		diff, _, err := s.differing(ctx, cli)
		if err != nil || len(diff) == 0 {
			return &sdk.CheckResult{Verdict: sdk.NoChange}, err
		}
		return &sdk.CheckResult{Verdict: sdk.Change, Diff: diff}, nil
	})
}

func (s settings) applyTo(ctx context.Context, req *sdk.Request, module string) (*sdk.ApplyResult, error) {
	return xspSettings(ctx, req, module, func(cli *bwcli.CLI) (*sdk.ApplyResult, error) {
		diff, notes, err := s.apply(ctx, cli)
		return &sdk.ApplyResult{Changed: len(diff) > 0, Diff: diff, Notes: notes}, err
	})
}
