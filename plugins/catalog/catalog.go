// Package catalog is the tool side of the wire: it finds plugins, checks that they may be started, starts each one once
// when it is first needed, supervises it, and hands out its modules as sdk.Module values that call across.
//
// A bundled plugin is the running executable started again; a community plugin is a binary muster-plugin-NAME in one of
// the plugin directories, never on PATH. A plugin gets no environment of the user's, no standard input, no terminal, a
// process group and an empty directory of its own, and one way to a host: the Connection service, under a grant that
// lasts as long as the call it was made for.
//
// What a plugin does can fail its own calls and nothing else. When its process dies, running calls return an error that
// wraps ErrPluginDied, and the next call starts it again, at most three times in the catalog's life.
//
// The catalog knows nothing of playbooks, nodes or SSH: the sdk.Conn behind a call is the caller's.
package catalog

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/muster-run/muster/plugins/sdk"
)

var (
	// ErrPluginDied is wrapped by the errors of calls whose plugin's process ended under them. The error is a *sdk.Failure
	// too: of class sdk.Uncertain when an operation that may change the host had been sent, else of class sdk.Failed.
	ErrPluginDied error = pluginDied{}
	// ErrUnknownModule is wrapped where no plugin offers the module, or no plugin has the name.
	ErrUnknownModule = errors.New("unknown module")
	// ErrClosed is wrapped by every use of a closed catalog.
	ErrClosed = errors.New("plugin catalog closed")
)

// Options say where plugins are and how patient to be. The zero value is a catalog without plugins.
type Options struct {
	// Bundled plugins are known without being started.
	Bundled []Bundled
	// Dirs are searched in order; each must exist. The first plugin of a name wins.
	Dirs []string
	// UserDir is searched last and may be missing; see UserDir.
	UserDir string
	// Log is given what plugins write, one printable line at a time, from several goroutines. It is not redacted. nil: dropped.
	Log func(plugin, line string)
	// StartTimeout bounds a plugin's start up to its description; 0: 10 s.
	StartTimeout time.Duration
	// Grace is how long a call may go on when its context has ended, before it is left to itself; 0: 2 s. A plugin that
	// does not even answer that it was asked to stop is killed.
	Grace time.Duration
	// Version is the engine's, told to plugins.
	Version string
}

// Bundled is a plugin that the executable contains.
type Bundled struct {
	Name    string
	Path    string   // executable
	Args    []string // arguments that make it serve
	Modules []string // what it serves
}

// Catalog holds the plugins of a run. It is safe for concurrent use.
type Catalog struct {
	options Options
	entries []*entry // bundled first, then in the order of the directories

	mu     sync.Mutex
	dir    string // for sockets and working directories; made at the first start
	closed bool
}

// UserDir is the user's own plugin directory: $XDG_DATA_HOME/muster/plugins, by default ~/.local/share/muster/plugins. It
// is empty when the user has no home.
func UserDir() string {
	base := os.Getenv("XDG_DATA_HOME")
	if !filepath.IsAbs(base) {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		base = filepath.Join(home, ".local", "share")
	}
	return filepath.Join(base, "muster", "plugins")
}

// New looks for plugins and starts none. A file in a plugin directory that may not be started is no error before somebody
// asks for it.
func New(o Options) (*Catalog, error) {
	if o.StartTimeout == 0 {
		o.StartTimeout = 10 * time.Second
	}
	if o.Grace == 0 {
		o.Grace = 2 * time.Second
	}
	c := &Catalog{options: o}
	for _, b := range o.Bundled {
		if !sdk.ValidName(b.Name) || c.entry(b.Name) != nil {
			return nil, fmt.Errorf("bundled plugin %q is misnamed or named twice", b.Name)
		}
		c.entries = append(c.entries, &entry{catalog: c, name: b.Name, path: b.Path, args: b.Args, modules: b.Modules, bundled: true})
	}
	for _, dir := range o.Dirs {
		if err := c.search(dir); err != nil {
			return nil, fmt.Errorf("plugin directory %s: %w", dir, err)
		}
	}
	if o.UserDir != "" {
		if err := c.search(o.UserDir); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("plugin directory %s: %w", o.UserDir, err)
		}
	}
	return c, nil
}

func (c *Catalog) entry(name string) *entry {
	for _, e := range c.entries {
		if e.name == name {
			return e
		}
	}
	return nil
}

// Close ends every plugin with all it started, waits until they are gone, and removes what was made on disk. Running calls
// return.
func (c *Catalog) Close() error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	for _, e := range c.entries {
		e.close()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dir == "" {
		return nil
	}
	dir := c.dir
	c.dir = ""
	return os.RemoveAll(dir)
}

// pluginDied says by a method what it is, so that the engine can tell it without knowing this package.
type pluginDied struct{}

func (pluginDied) Error() string    { return "plugin died" }
func (pluginDied) PluginDied() bool { return true }
