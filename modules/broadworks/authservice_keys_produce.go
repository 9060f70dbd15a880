package broadworks

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/plugins/sdk"
)

// Facts of the payload.
const (
	factSHA256     = "sha256"     // of the file's bytes
	factShown      = "shown"      // the identity that the giver shows, where it does
	factGeneration = "generation" // for the markers
)

// Produce exports the keys of this host, after making them where there are none or others are wanted.
func (AuthServiceKeys) Produce(ctx context.Context, req *sdk.Request) (*sdk.Payload, error) {
	return keysOn(ctx, req, func(j *keysJob) (*sdk.Payload, error) {
		g := &giving{keysJob: j}
		if !j.args.KeepFiles {
			defer g.tidy(ctx)
		}
		return g.run(ctx)
	})
}

// giving is the export under way.
type giving struct {
	*keysJob
	marker *keysNote
	shown  keysShown
	file   *sdk.FileInfo // the export; nil when there is none
	made   bool          // keys were made just now
	lacks  bool          // the server says that it has none
}

func (g *giving) run(ctx context.Context) (*sdk.Payload, error) {
	var err error
	if g.shown, err = g.keysJob.shown(ctx); err != nil {
		return nil, err
	}
	g.lacks = g.shown.none
	if g.shown.absent {
		return nil, &sdk.Failure{Class: sdk.Failed, Summary: "the authentication service is not there to give keys",
			Why: "bwcli has no context " + keysContext, State: "nothing was changed",
			Do: []string{"Put a task authservice before this one.", "Where it is deployed already, restart the server first."}}
	}
	if g.marker, err = g.readNote(ctx); err != nil {
		return nil, err
	}
	if err := g.prepare(ctx); err != nil {
		return nil, err
	}
	digest := g.file.SHA256
	if same, err := g.sameAsMarker(ctx); err != nil {
		return nil, err
	} else if same {
		digest = g.marker.digest
	}
	return g.payload(ctx, digest)
}

// prepare exports, and makes keys where there are none or others are wanted.
func (g *giving) prepare(ctx context.Context) error {
	if !g.shown.none {
		if err := g.export(ctx, true); err != nil {
			return err
		}
	}
	switch {
	case g.file == nil:
		g.made = true
		return g.first(ctx)
	case g.args.anew(g.marker):
		done, err := g.replace(ctx)
		if err != nil || !done {
			return err
		}
	default:
		return nil
	}
	g.made = true
	return g.exportNew(ctx)
}

// exportNew exports keys that were just made and reads what the server shows of them.
func (g *giving) exportNew(ctx context.Context) error {
	before := g.file
	if err := g.export(ctx, false); err != nil {
		return err
	}
	if before != nil && before.SHA256 == g.file.SHA256 {
		return &sdk.Failure{Class: sdk.Failed, Summary: "the server kept its keys", Why: "the export after the command that makes new ones is the same as before",
			State: "no other host was changed", Do: byHand}
	}
	return g.showNew(ctx)
}

// showNew reads what the server shows of keys that were just made.
func (g *giving) showNew(ctx context.Context) (err error) {
	g.shown, err = g.keysJob.shown(ctx)
	return err
}

// export types exportKeys and looks at the file. When it may find no keys, a refusal leaves the file nil.
func (g *giving) export(ctx context.Context, mayLack bool) error {
	conn := g.req.Conn
	// A file from another time must not be taken for this export.
	if err := conn.Remove(ctx, keysFile); err != nil {
		return keysLost("could not remove the old "+keysFile, "nothing was exported", err)
	}
	answer, err := g.cli.Do(ctx, bwcli.Command{Context: keysContext, Words: []string{"exportKeys"}, Effect: sdk.Idempotent, Foreseen: aboutKeys})
	if err != nil {
		return err
	}
	info, err := conn.Stat(ctx, keysFile)
	switch {
	case err == nil && info.Size > 0 && answer.Refusal == "":
		g.file = &info
		return nil
	case err != nil && !isMissing(err):
		return keysLost("could not look at "+keysFile, "no other host was changed", err)
	case mayLack && isMissing(err):
		f := answer.Refused("could not export the keys", "no other host was changed")
		g.lacks = g.lacks || lackWord.MatchString(answer.Text)
		if g.lacks || f.Class == sdk.Failed && !deniedWord.MatchString(answer.Text) {
			return nil
		}
		return f
	case err == nil && info.Size == 0:
		f := answer.Refused("exportKeys wrote an empty file", "no other host was changed")
		f.Why = keysFile + " has no bytes in it"
		f.Do = []string{"Look at the room on the host's disk: df -h " + uploadDir, "Name another host that holds the keys with fan_out { from }."}
		return f
	}
	return answer.Refused("could not export the keys", "no other host was changed")
}

// lackWord recognises a server that says that it has no keys to export.
var lackWord = regexp.MustCompile(`(?i)\bno\b.{0,20}\bkeys?\b|\bkey ?(pair|s|store)?\b.{0,20}(\bnot\b|missing|never|empty)|without keys?`)

var deniedWord = regexp.MustCompile(`(?i)denied|permi|privilege|authori[sz]|disk|space|write|quota`)

// aboutKeys foresees the questions of KeyManagement: whether keys or a file may be overwritten, but nothing that restarts or
// stops by itself.
func aboutKeys(question string) bool {
	low := strings.ToLower(question)
	for _, word := range []string{"downtime", "reboot", "shut", "will restart", "will be restarted", "restart now", "stop"} {
		if strings.Contains(low, word) {
			return false
		}
	}
	return true
}

// sameAsMarker reports whether these are the keys that the marker speaks of although the bytes differ: on a server that
// shows so, or whose every export differs.
func (g *giving) sameAsMarker(ctx context.Context) (bool, error) {
	if g.made || g.marker == nil || g.marker.digest == "" || g.marker.digest == g.file.SHA256 || g.args.anew(g.marker) {
		return false, nil
	}
	if !g.marker.vouches(g.shown) {
		return false, nil
	}
	if g.shown.identity != "" && g.marker.shown != "" {
		return true, nil
	}
	return g.differs(ctx)
}

// differs exports once more and reports whether the bytes are others each time.
func (g *giving) differs(ctx context.Context) (bool, error) {
	first := g.file.SHA256
	if err := g.export(ctx, false); err != nil {
		return false, err
	}
	return g.file.SHA256 != first, nil
}

// payload takes the file into the engine and leaves the marker.
func (g *giving) payload(ctx context.Context, digest string) (*sdk.Payload, error) {
	h, err := g.req.Conn.GetSecret(ctx, keysFile)
	if err != nil {
		return nil, keysLost("could not read "+keysFile, "no other host was changed", err)
	}
	if h.SHA256 != "" && h.SHA256 != g.file.SHA256 {
		return nil, &sdk.Failure{Class: sdk.Failed, Summary: keysFile + " changed while it was read", State: "no other host was changed",
			Do: []string{"Make sure that nobody else exports keys on this host, and run again."}}
	}
	generation := ""
	switch {
	case g.args.Generation != nil:
		generation = *g.args.Generation
	case g.marker != nil && !g.made:
		generation = g.marker.generation
	}
	if err := g.leaveNote(ctx, digest, generation, g.shown.identity); err != nil {
		return nil, err
	}
	for _, n := range g.notes {
		g.req.Report.Log(n)
	}
	return &sdk.Payload{Digest: digest, Parts: map[string]sdk.Handle{"keys": h},
		Facts: map[string]string{factSHA256: g.file.SHA256, factShown: g.shown.identity, factGeneration: generation}}, nil
}

// tidy takes the export away, and says so where it cannot.
func (g *giving) tidy(ctx context.Context) (left string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupLimit)
	defer cancel()
	if err := g.req.Conn.Remove(ctx, keysFile); err != nil {
		left = fmt.Sprintf("remove %s, which holds the keys, by hand: it could not be taken away (%s)", keysFile, sdk.Reason(err))
		g.req.Report.Log(left)
	}
	return left
}
