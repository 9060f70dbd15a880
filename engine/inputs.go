package engine

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/muster-run/muster/engine/journal"
	"github.com/muster-run/muster/engine/secret"
)

// Plugins is what Modules implements as well when it can tell which plugins serve a run.
type Plugins interface {
	// Plugins gives version and digest of every plugin, by name.
	Plugins() map[string]string
}

// Inputs are keyed digests of all that the run is made of, by name: `playbook site.hcl`, `inventory lab.hcl`, `file
// chain.pem`, `variable port`, `plugin core`, `muster`, `limit`, `tags`, `targets`. Equal inputs give an equal plan. What is
// no secret stands as it is, so that a difference can be told.
func (r *Run) Inputs(key *secret.Key) map[string]string {
	out := map[string]string{"muster": r.options.Version, "limit": r.options.Limit,
		"tags": strings.Join(r.options.Tags, ","), "targets": strings.Join(r.options.Targets, ",")}
	digest := func(name, text string) { out[name] = key.Digest(name, []byte(text)) }
	for path, text := range r.playbook.Sources {
		digest("playbook "+r.shown(path), string(text))
	}
	if r.inventory != nil {
		for path, text := range r.inventory.Sources {
			digest("inventory "+r.shown(path), string(text))
		}
	}
	for path, text := range r.sources.files.Read() {
		digest("file "+r.shown(path), text)
	}
	for name, text := range r.plan.Variables() {
		digest("variable "+name, text)
	}
	if p, ok := r.options.Modules.(Plugins); ok {
		for name, what := range p.Plugins() {
			out["plugin "+name] = what
		}
	}
	return out
}

// shown is a path as people know it: relative to where they are, where it stands below.
func (r *Run) shown(path string) string {
	if !filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	if rel, err := filepath.Rel(r.options.WorkDir, path); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return path
}

// plain are the inputs that are no digests.
var plain = []string{"muster", "limit", "tags", "targets", "plugin"}

// Changed says in words in what two sets of inputs differ, sorted; nothing when they do not.
func Changed(then, now map[string]string) []string {
	names := maps.Clone(then)
	maps.Copy(names, now)
	var out []string
	for name := range names {
		was, before := then[name]
		is, after := now[name]
		if was == is && before == after {
			continue
		}
		kind, what, _ := strings.Cut(name, " ")
		of := "the " + kind
		if kind == "variable" || kind == "plugin" {
			of = kind
		}
		if what != "" {
			of += " " + what
		}
		switch {
		case !before:
			out = append(out, of+" is new")
		case !after:
			out = append(out, of+" is gone")
		case slices.Contains(plain, kind):
			out = append(out, fmt.Sprintf("%s was %s and is %s", of, quoted(was), quoted(is)))
		case kind == "variable":
			out = append(out, of+" has another value")
		default:
			out = append(out, of+" was changed")
		}
	}
	slices.Sort(out)
	return out
}

func quoted(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// Begin is the first record of the run's journal, but for the command and the number.
func (r *Run) Begin(key *secret.Key) journal.Begin {
	o := r.options
	b := journal.Begin{Version: o.Version, Playbook: o.Playbook, WorkDir: o.WorkDir, Inputs: r.Inputs(key),
		Options: journal.Options{Inventories: o.Inventories, Limit: o.Limit, VarFiles: o.VarFiles, Tags: o.Tags, Targets: o.Targets, Forks: o.Forks}}
	for _, h := range r.plan.Hosts {
		b.Hosts = append(b.Hosts, h.Name)
	}
	secrets := map[string]bool{}
	for _, v := range r.playbook.Variables {
		secrets[v.Name] = v.Sensitive
	}
	for name, text := range o.Vars {
		if secrets[name] || r.redact.String(text) != text {
			b.Options.NoVars = append(b.Options.NoVars, name)
			continue
		}
		if b.Options.Vars == nil {
			b.Options.Vars = map[string]string{}
		}
		b.Options.Vars[name] = text
	}
	slices.Sort(b.Options.NoVars)
	return b
}

// OptionsOf are the options of a run that its journal remembers. What it does not is the caller's: modules, dialer, sinks,
// prompt, environment, and the variables of Options.NoVars.
func OptionsOf(b journal.Begin) Options {
	return Options{Playbook: b.Playbook, WorkDir: b.WorkDir, Inventories: b.Options.Inventories, Limit: b.Options.Limit,
		Vars: maps.Clone(b.Options.Vars), VarFiles: b.Options.VarFiles, Tags: b.Options.Tags, Targets: b.Options.Targets, Forks: b.Options.Forks}
}
