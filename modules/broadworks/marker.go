package broadworks

import (
	"context"
	"errors"
	"strings"

	"github.com/muster-run/muster/plugins/sdk"
)

// Markers are hints, never the truth: somebody may have changed what they speak of since. The notes of a plan name them.
const (
	anchorMarkers = "~/.muster/anchors/" // one per trust anchor: the certificate that was loaded
	storedMarkers = "~/.muster/stored/"  // one per interface: the certificate stored since the last restart
)

// readMarker returns a marker's digest, or "" when there is none.
func readMarker(ctx context.Context, conn sdk.Conn, path string) (string, error) {
	b, err := conn.Get(ctx, path)
	if errors.Is(err, sdk.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", hostFailure("could not read "+path, "", err)
	}
	return strings.TrimSpace(string(b)), nil
}

func writeMarker(ctx context.Context, conn sdk.Conn, path, digest string) error {
	put := sdk.Put{Path: path, Mode: 0o600, Content: []byte(digest + "\n"), MakeDirs: true}
	err := conn.Put(ctx, put)
	if err != nil && conn.Remove(ctx, path) == nil { // a host's SFTP may be unable to replace a file; no marker is a safe one
		err = conn.Put(ctx, put)
	}
	if err != nil {
		return hostFailure("could not write "+path, "the change itself was made", err)
	}
	return nil
}

func removeMarker(ctx context.Context, conn sdk.Conn, path string) error {
	if err := conn.Remove(ctx, path); err != nil {
		return hostFailure("could not remove "+path, "", err)
	}
	return nil
}
