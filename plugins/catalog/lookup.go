package catalog

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/muster-run/muster/plugins/sdk"
)

// Module returns the module that ref names: `restart`, or `PLUGIN.MODULE` where plugins offer modules of the same name.
// It starts what must be asked: for a bundled module only its plugin, which no other plugin can take the place of; for any
// other name every plugin of the directories. The module stays valid when its plugin is restarted.
func (c *Catalog) Module(ctx context.Context, ref string) (sdk.Module, error) {
	plugin, name, qualified := strings.Cut(ref, ".")
	if !qualified {
		return c.find(ctx, ref)
	}
	e := c.entry(plugin)
	if e == nil {
		return nil, fmt.Errorf("%w %q: there is no plugin %q; known plugins: %s", ErrUnknownModule, ref, plugin, c.plugins())
	}
	mods, err := e.offered(ctx)
	if err != nil {
		return nil, err
	}
	if m := mods.byName[name]; m != nil {
		return m, nil
	}
	return nil, fmt.Errorf("%w %q: plugin %s offers %s", ErrUnknownModule, ref, plugin, strings.Join(mods.names, ", "))
}

// find resolves a name without a plugin.
func (c *Catalog) find(ctx context.Context, name string) (sdk.Module, error) {
	var bundled, ask []*entry
	for _, e := range c.entries {
		switch {
		case e.bundled && e.lists(name):
			bundled = append(bundled, e)
		case !e.bundled:
			ask = append(ask, e)
		}
	}
	if len(bundled) > 0 {
		ask = bundled
	}
	found, err := c.offering(ctx, ask, name)
	switch {
	case len(bundled) > 0 && err != nil:
		return nil, err
	case len(found) == 1:
		return found[0].module, nil
	case len(found) > 1:
		return nil, fmt.Errorf("module %q is offered by more than one plugin; write %s.%s or %s.%s",
			name, found[0].entry.name, name, found[1].entry.name, name)
	case err != nil:
		return nil, fmt.Errorf("%w %q: no plugin that could be asked offers it: %w", ErrUnknownModule, name, err)
	default:
		return nil, fmt.Errorf("%w %q", ErrUnknownModule, name)
	}
}

type offer struct {
	entry  *entry
	module sdk.Module
}

func (c *Catalog) offering(ctx context.Context, ask []*entry, name string) (found []offer, err error) {
	for _, e := range ask {
		mods, e1 := e.offered(ctx)
		if e1 != nil {
			err = errors.Join(err, e1)
			continue
		}
		if m := mods.byName[name]; m != nil {
			found = append(found, offer{e, m})
		}
	}
	return found, err
}

// Entry is one module of the catalog.
type Entry struct {
	Plugin      string
	Bundled     bool
	Path        string // of the plugin's executable
	Description sdk.Description
}

// Describe starts every plugin and tells all modules, in the order of names. What could be described is returned beside an
// error that names the plugins that could not.
func (c *Catalog) Describe(ctx context.Context) ([]Entry, error) {
	var out []Entry
	var failed error
	for _, e := range c.entries {
		mods, err := e.offered(ctx)
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		for _, name := range mods.names {
			out = append(out, Entry{Plugin: e.name, Bundled: e.bundled, Path: e.path, Description: mods.byName[name].Describe()})
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Description.Name < out[j].Description.Name })
	return out, failed
}

// Names returns the modules known so far, sorted and without starting anything: all bundled ones, and those of plugins
// that have been started. It is what a mistyped name is compared with.
func (c *Catalog) Names() []string {
	seen := map[string]bool{}
	for _, e := range c.entries {
		for _, name := range e.known() {
			seen[name] = true
		}
	}
	names := make([]string, 0, len(seen))
	for name := range seen {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func (c *Catalog) plugins() string {
	var names []string
	for _, e := range c.entries {
		names = append(names, e.name)
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
