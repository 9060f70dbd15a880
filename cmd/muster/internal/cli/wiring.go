package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/transport"
	"github.com/muster-run/muster/engine/transport/ssh"
	"github.com/muster-run/muster/modules/broadworks"
	"github.com/muster-run/muster/modules/core"
	"github.com/muster-run/muster/plugins/catalog"
	"github.com/muster-run/muster/plugins/sdk"
)

// bundled are the plugins in this binary. Their code runs only in the processes that `muster plugin serve NAME` becomes;
// here they are asked for nothing but their modules' names.
var bundled = map[string]func() []sdk.Module{
	"broadworks": broadworks.Modules,
	"core":       core.Modules,
}

// modules opens the catalog: the plugins in this binary, started again from its own file, and those in directories. The
// returned function ends every plugin that was started.
func (a *app) modules(_ context.Context, f *runFlags) (*catalog.Catalog, func(), error) {
	self, err := os.Executable()
	if err != nil {
		return nil, nil, fmt.Errorf("cannot find this program's own file, which bundled plugins are started from: %w", err)
	}
	o := catalog.Options{Dirs: f.pluginDirs, UserDir: catalog.UserDir(), Version: thisBuild().Version}
	for name, modules := range bundled {
		b := catalog.Bundled{Name: name, Path: self, Args: []string{"plugin", "serve", name}}
		for _, m := range modules() {
			b.Modules = append(b.Modules, m.Describe().Name)
		}
		o.Bundled = append(o.Bundled, b)
	}
	c, err := catalog.New(o)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, problem(diag.Diagnostic{Code: diag.PluginRefused, Summary: "a plugin directory cannot be read", Detail: err.Error(),
			Advice: "Name an existing directory with --plugin-dir."})
	}
	if err != nil {
		return nil, nil, problem(diag.Diagnostic{Code: diag.PluginRefused, Summary: "the plugins cannot be used", Detail: err.Error(),
			Advice: "Look at the directories given with --plugin-dir."})
	}
	return c, func() { _ = c.Close() }, nil // what is left of a plugin that would not end is no concern of the answer
}

// dialer reaches hosts over SSH with keys of files and of the user's agent.
func dialer() transport.Dialer { return ssh.NewDialer(ssh.Options{}) }
