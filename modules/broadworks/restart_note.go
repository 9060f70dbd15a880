package broadworks

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/muster-run/muster/plugins/sdk"
)

// restartNote is where a restart leaves what it saw before it typed restartbw. Should the run die, the host can then be
// compared with itself, whatever the clocks say. It stays until the next restart: a run may also die after the proof.
const restartNote = "~/.muster/restart"

const noteHeader = "muster restart 1"

// note writes the snapshot down.
func (j *restartJob) note() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nwell %t\n", noteHeader, j.before.well)
	for args, list := range j.before.processes.digested() {
		for pid, started := range list {
			fmt.Fprintf(&b, "process %s %s %s\n", pid, started.Format(time.RFC3339), args)
		}
	}
	for _, t := range j.targets {
		fmt.Fprintf(&b, "port %s %d %t\n", t.address, t.port, t.openBefore)
	}
	return b.String()
}

// digested names command lines by a digest: they may hold what should not be written to a file.
func (p processes) digested() processes {
	out := processes{}
	for args, list := range p {
		sum := sha256.Sum256([]byte(args))
		out[hex.EncodeToString(sum[:8])] = list
	}
	return out
}

// leaveNote writes the snapshot to the host, before anything is sent that happens once. A note of an earlier restart must
// not stay in its place; no note is a safe one.
func (j *restartJob) leaveNote(ctx context.Context) error {
	conn := j.req.Conn
	put := sdk.Put{Path: restartNote, Mode: 0o600, Content: []byte(j.note()), MakeDirs: true}
	err := conn.Put(ctx, put)
	if err == nil {
		return nil
	}
	if rerr := conn.Remove(ctx, restartNote); rerr != nil {
		return hostFailure("could not replace "+restartNote, "restartbw was not typed", rerr)
	}
	if err = conn.Put(ctx, put); err != nil { // a host's SFTP may be unable to replace a file, and able to write one
		j.notes = append(j.notes, fmt.Sprintf("%s could not be written (%s): had the run died, nobody could have told whether the server was restarted", restartNote, err))
	}
	return nil
}

// parseNote reads what note wrote.
func parseNote(text string) (s snapshot, targets []*target, err error) {
	header, rest, _ := strings.Cut(text, "\n")
	if header != noteHeader {
		return s, nil, fmt.Errorf("it begins with %q, not with %q", header[:min(len(header), 40)], noteHeader)
	}
	s.processes = processes{}
	for line := range strings.Lines(rest) {
		f := strings.Fields(line)
		ok := false
		switch {
		case len(f) == 2 && f[0] == "well":
			s.well, err = strconv.ParseBool(f[1])
			ok = err == nil
		case len(f) == 4 && f[0] == "process":
			var started time.Time
			if started, err = time.Parse(time.RFC3339, f[2]); err == nil {
				if s.processes[f[3]] == nil {
					s.processes[f[3]] = map[string]time.Time{}
				}
				s.processes[f[3]][f[1]], ok = started, true
			}
		case len(f) == 4 && f[0] == "port":
			t := &target{}
			if t.address, err = netip.ParseAddr(f[1]); err != nil {
				break
			}
			if t.port, err = strconv.Atoi(f[2]); err != nil {
				break
			}
			t.openBefore, err = strconv.ParseBool(f[3])
			targets, ok = append(targets, t), err == nil
		}
		if !ok {
			return snapshot{}, nil, fmt.Errorf("it holds the line %q", strings.TrimSpace(line))
		}
	}
	return s, targets, nil
}
