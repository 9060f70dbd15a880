package broadworks

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/muster-run/muster/plugins/sdk"
)

// uploadDir is where bwcli reads uploaded files from, as the published procedures have it.
const uploadDir = "/var/broadworks/tmp/"

// cleanupLimit is how long taking an upload away may take after the node's own time is over.
const cleanupLimit = 15 * time.Second

// uploads are files that lie on a host for one command of bwcli.
type uploads struct {
	conn  sdk.Conn
	paths []string // not taken away yet
	left  []string // could not be taken away, with the reasons
}

// upload places files. Whatever happens then, remove takes them away.
func upload(ctx context.Context, conn sdk.Conn, files ...sdk.Put) (*uploads, error) {
	u := &uploads{conn: conn}
	for _, f := range files {
		f.Mode = 0o600
		u.paths = append(u.paths, f.Path)
		if err := conn.Put(ctx, f); err != nil {
			return nil, hostFailure("could not upload "+f.Path, "nothing was changed in bwcli; "+u.remove(ctx), err)
		}
	}
	return u, nil
}

// remove takes the files away, whatever happened to ctx, and says what became of them.
func (u *uploads) remove(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupLimit)
	defer cancel()
	for _, p := range u.paths {
		if err := u.conn.Remove(ctx, p); err != nil {
			u.left = append(u.left, fmt.Sprintf("%s (%s)", p, sdk.Reason(err)))
		}
	}
	u.paths = nil
	if len(u.left) > 0 {
		return "not taken away from the host: " + strings.Join(u.left, ", ")
	}
	return "the upload was taken away"
}

// notes are for a result: what was left behind.
func (u *uploads) notes() []string {
	if len(u.left) == 0 {
		return nil
	}
	return []string{"remove by hand what could not be taken away from the host: " + strings.Join(u.left, ", ")}
}
