package broadworks

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/modules/tlsinfo"
	"github.com/muster-run/muster/plugins/sdk"
)

// tlsList is a list of protocols or ciphers, of one interface or of a general level.
type tlsList struct {
	owner   string   // whose list it is: "the interface", "the level system"
	what    string   // "protocols" or "ciphers"
	context string   // where it is
	keys    []string // what names the interface; none for a general level
}

// protocolsOf and ciphersOf are the two lists below a context.
func protocolsOf(owner, context string, keys []string) tlsList {
	return tlsList{owner, "protocols", context + "/Protocols", keys}
}

func ciphersOf(owner, context string, keys []string) tlsList {
	return tlsList{owner, "ciphers", context + "/Ciphers", keys}
}

var tlsName = regexp.MustCompile(`^(TLS|SSL)[A-Za-z0-9_.]*$`)

// read returns the names in the list; none means that a more general list applies.
func (t tlsList) read(ctx context.Context, cli *bwcli.CLI) ([]string, error) {
	l, err := cli.Get(ctx, t.context, t.keys...)
	if errors.Is(err, bwcli.ErrNoEntry) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	kind := strings.TrimSuffix(t.what, "s")
	var names []string
	for _, n := range l.List(kind+" name", kind) {
		if tlsName.MatchString(n) {
			names = append(names, n)
		}
	}
	return names, nil
}

// listArgs are the arguments about lists, which every module that owns lists has.
type listArgs struct {
	Protocols        []string `cty:"protocols"`
	RequireProtocols []string `cty:"require_protocols"`
	Ciphers          []string `cty:"ciphers"`
	RequireCiphers   []string `cty:"require_ciphers"`
}

var listAttributes = []sdk.Attribute{
	{Name: "protocols", Type: cty.List(cty.String), Doc: "Exactly these TLS versions, such as TLSv1.2."},
	{Name: "require_protocols", Type: cty.List(cty.String), Doc: "At least these TLS versions."},
	{Name: "ciphers", Type: cty.List(cty.String), Doc: "Exactly these cipher suites, by IANA name."},
	{Name: "require_ciphers", Type: cty.List(cty.String), Doc: "At least these cipher suites, by IANA name."},
}

// listPlan is what becomes of a list.
type listPlan struct {
	tlsList
	exact, require []string // as the task says; exact is nil where it says nothing
	have, want     []string
	add, remove    []string
}

// owned reports whether the task says what shall be in the list.
func (l *listPlan) owned() bool { return l.exact != nil || l.require != nil }

// changes reports whether the list is to be changed.
func (l *listPlan) changes() bool { return len(l.add)+len(l.remove) > 0 }

// settled reports whether the task owns the list, the host has one, and nothing in it is to be changed.
func (l *listPlan) settled() bool { return l.owned() && len(l.want) > 0 && !l.changes() }

// compare settles what must be added and removed.
func (l *listPlan) compare() {
	l.want, l.remove = l.have, nil
	if l.exact != nil {
		l.want, l.remove = l.exact, without(l.have, l.exact)
	}
	l.want = append(slices.Clone(l.want), without(l.require, l.want)...)
	l.add = without(l.want, l.have)
}

func (l *listPlan) diff() sdk.Diff {
	return sdk.Diff{What: l.what, Before: strings.Join(l.have, ", "), After: strings.Join(l.want, ", ")}
}

// addAll adds what is missing, removeAll takes away what is too much; each reads back.
func (l *listPlan) addAll(ctx context.Context, cli *bwcli.CLI) error {
	return l.edit(ctx, cli, "add", l.add, holds)
}

func (l *listPlan) removeAll(ctx context.Context, cli *bwcli.CLI) error {
	return l.edit(ctx, cli, "delete", l.remove, func(have []string, name string) bool { return !holds(have, name) })
}

// edit types one command per name and reads the list back once.
func (l *listPlan) edit(ctx context.Context, cli *bwcli.CLI, verb string, names []string, done func(have []string, name string) bool) error {
	if len(names) == 0 {
		return nil
	}
	answers := map[string]*bwcli.Answer{}
	for _, name := range names {
		if i := slices.IndexFunc(l.have, func(n string) bool { return same(n, name) }); i >= 0 {
			name = l.have[i] // as the host spells it
		}
		words := slices.Concat([]string{verb}, l.keys, []string{name})
		cmd := bwcli.Command{Context: l.context, Words: words, Effect: sdk.Once, Proof: func(ctx context.Context) (bool, error) {
			have, err := l.read(ctx, cli)
			return done(have, name), err
		}}
		if verb == "delete" {
			cmd.Foreseen = bwcli.Plain
		}
		answer, err := cli.Do(ctx, cmd)
		if err != nil {
			return err
		}
		answers[registered(name)] = answer
		if answer.Refusal != "" && !answer.Duplicate() {
			break // the reading below tells whether it matters
		}
	}
	have, err := l.read(ctx, cli)
	if err != nil {
		return err
	}
	l.have = have
	for _, name := range names {
		if answer := answers[registered(name)]; answer != nil && !done(have, name) {
			to := map[string]string{"add": "to", "delete": "from"}[verb]
			return answer.Refused(fmt.Sprintf("could not %s %s %s %s's %s", verb, name, to, l.owner, l.what),
				fmt.Sprintf("%s's %s are now: %s", l.owner, l.what, orNone(have)))
		}
	}
	return nil
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none of its own"
	}
	return strings.Join(names, ", ")
}

// same compares two names of a list: in any case, and a shortened cipher name with its registered one.
func same(a, b string) bool { return strings.EqualFold(registered(a), registered(b)) }

func registered(name string) string {
	if s, ok := tlsinfo.Shortened(strings.ToUpper(name)); ok {
		return s.Name
	}
	return name
}

func holds(list []string, name string) bool {
	return slices.ContainsFunc(list, func(n string) bool { return same(n, name) })
}

// without returns the names of a that b lacks.
func without(a, b []string) []string {
	var out []string
	for _, n := range a {
		if !holds(b, n) {
			out = append(out, n)
		}
	}
	return out
}
