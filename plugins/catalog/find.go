package catalog

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/muster-run/muster/plugins/sdk"
)

const prefix = "muster-plugin-"

// search adds the plugins of a directory. Other files are left alone.
func (c *Catalog) search(dir string) error {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	real, err := filepath.EvalSymlinks(abs)
	if err != nil {
		return err
	}
	list, err := os.ReadDir(real)
	if err != nil {
		return err
	}
	for _, f := range list {
		name, ours := strings.CutPrefix(f.Name(), prefix)
		if !ours {
			continue
		}
		e := &entry{catalog: c, name: name, path: filepath.Join(real, f.Name())}
		switch old := c.entry(name); {
		case !sdk.ValidName(name):
			e.refused = fmt.Errorf("%s: a plugin's name has lower-case letters, digits and _ only", e.path)
		case old != nil && !old.bundled:
			continue
		case old != nil:
			c.note(name, fmt.Sprintf("%s is ignored: %s is the name of a bundled plugin", e.path, name))
			continue
		default:
			e.refused = e.verify()
		}
		c.entries = append(c.entries, e)
	}
	return nil
}

// note logs a line of the catalog's own about a plugin.
func (c *Catalog) note(plugin, line string) {
	if c.options.Log != nil {
		c.options.Log(plugin, printable(line))
	}
}

// verify says why the plugin's binary may not be started. It is asked again at each start.
func (e *entry) verify() error {
	if e.bundled {
		return nil // it is the program that runs already
	}
	dir := filepath.Dir(e.path)
	real, err := filepath.EvalSymlinks(e.path)
	if err != nil {
		return err
	}
	if filepath.Dir(real) != dir {
		return fmt.Errorf("%s is a link that leads out of its directory, to %s", e.path, real)
	}
	info, err := os.Lstat(real)
	if err != nil {
		return err
	}
	switch {
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is no regular file", real)
	case info.Mode()&0o111 == 0:
		return fmt.Errorf("%s is not executable: chmod +x %s", real, real)
	}
	if err := mine(real, info); err != nil {
		return err
	}
	return trusted(dir)
}

// trusted checks a plugin directory and what leads to it: whoever can write there can put a program in a plugin's place.
func trusted(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if err := mine(dir, info); err != nil {
		return err
	}
	var above []string
	for d := filepath.Dir(dir); ; d = filepath.Dir(d) {
		above = append(above, d)
		if d == filepath.Dir(d) {
			break
		}
	}
	for i := len(above) - 1; i >= 0; i-- { // from the root down
		info, err := os.Lstat(above[i])
		if err != nil {
			return err
		}
		if info.Mode()&fs.ModeSticky == 0 {
			if err := mine(above[i], info); err != nil {
				return err
			}
		}
		if info.Mode()&0o011 == 0 {
			return nil // nobody else gets past here
		}
	}
	return nil
}

// mine refuses what somebody other than this user and root could have written.
func mine(path string, info fs.FileInfo) error {
	if w := info.Mode() & 0o022; w != 0 {
		return fmt.Errorf("%s can be written by others: chmod go-w %s", path, path)
	}
	if uid := owner(info); uid != 0 && uid != os.Getuid() {
		return fmt.Errorf("%s belongs to another user (uid %d)", path, uid)
	}
	return nil
}
