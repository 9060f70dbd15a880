package cli

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

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
func (a *app) modules(_ context.Context, f *runFlags) (*served, func(), error) {
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
	return &served{c, self, o.Dirs, o.UserDir}, func() { _ = c.Close() }, nil // what is left of a plugin that would not end is no concern of the answer
}

// served is the catalog with what its plugins are made of: a run is not resumed with others unasked.
type served struct {
	*catalog.Catalog
	self string // this program, of which the bundled plugins are a part
	dirs []string
	user string
}

// Plugins gives the digest of every plugin's program, by name. One that cannot be read is left out: it cannot be started
// either.
func (s *served) Plugins() map[string]string {
	out := map[string]string{}
	if digest, err := digestOf(s.self); err == nil {
		for name := range bundled {
			out[name] = digest
		}
	}
	for _, dir := range append([]string{s.user}, s.dirs...) { // those named come last: they win
		files, _ := filepath.Glob(filepath.Join(dir, pluginPrefix+"*")) // no pattern of ours is malformed
		for _, file := range files {
			if digest, err := digestOf(file); err == nil {
				out[strings.TrimPrefix(filepath.Base(file), pluginPrefix)] = digest
			}
		}
	}
	return out
}

const pluginPrefix = "muster-plugin-"

func digestOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return fmt.Sprintf("sha256:%x", h.Sum(nil)[:16]), nil
}

// dialer reaches hosts over SSH with keys of files and of the user's agent.
func dialer() transport.Dialer { return ssh.NewDialer(ssh.Options{}) }
