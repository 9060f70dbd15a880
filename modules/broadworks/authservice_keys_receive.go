package broadworks

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/plugins/sdk"
)

// isMissing reports a file that is not there; an error that came through another process keeps only its words.
func isMissing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || err != nil && (strings.Contains(err.Error(), "not exist") || strings.Contains(err.Error(), "no such file"))
}

// Stage places the file where importKeys will find it.
func (AuthServiceKeys) Stage(ctx context.Context, req *sdk.Request, p *sdk.Payload) error {
	h := p.Parts["keys"]
	if err := req.Conn.Put(ctx, sdk.Put{Path: keysFile, Mode: 0o600, Secret: &h}); err != nil {
		return keysLost("could not place "+keysFile, "the host's keys are unchanged", err)
	}
	return nil
}

// Verify compares the placed file with the giver's.
func (AuthServiceKeys) Verify(ctx context.Context, req *sdk.Request, p *sdk.Payload) error {
	info, err := req.Conn.Stat(ctx, keysFile)
	if err != nil {
		return keysLost("could not look at "+keysFile, "the host's keys are unchanged", err)
	}
	if info.SHA256 != p.Facts[factSHA256] {
		return &sdk.Failure{Class: sdk.Failed, Summary: keysFile + " is not what the giver exported",
			What:  "SHA-256 here " + shortDigest(info.SHA256) + "…, there " + shortDigest(p.Facts[factSHA256]) + "…",
			State: "the host's keys are unchanged", Do: []string{"Look for somebody else who writes that file, and run again."}}
	}
	return nil
}

// Activate imports the keys and reads back what the server shows of them.
func (AuthServiceKeys) Activate(ctx context.Context, req *sdk.Request, p *sdk.Payload) (*sdk.ApplyResult, error) {
	return keysOn(ctx, req, func(j *keysJob) (*sdk.ApplyResult, error) {
		t := &taking{keysJob: j, given: p}
		res, err := t.run(ctx)
		if j.args.KeepFiles {
			return res, err
		}
		left := (&giving{keysJob: j}).tidy(ctx)
		if left != "" && res != nil {
			res.Notes = append(res.Notes, left)
		}
		if f := (*sdk.Failure)(nil); left != "" && errors.As(err, &f) {
			f.State = strings.TrimPrefix(f.State+"; "+left, "; ")
		}
		return res, err
	})
}

// taking is the import under way.
type taking struct {
	*keysJob
	given *sdk.Payload
}

func (t *taking) run(ctx context.Context) (*sdk.ApplyResult, error) {
	before, err := t.shown(ctx)
	if err != nil {
		return nil, err
	}
	if t.sameShown(before) {
		res := &sdk.ApplyResult{Notes: []string{"the server shows that it has these keys already: nothing was imported"}}
		return res, t.note(ctx, before)
	}
	// The old marker must not outlive the change: a crash in between would leave it vouching for the wrong keys.
	if err := removeMarker(ctx, t.req.Conn, keysMarker); err != nil {
		return nil, err
	}
	answer, err := t.cli.Do(ctx, bwcli.Command{Context: keysContext, Words: []string{"importKeys", keysFile}, Effect: sdk.Idempotent, Foreseen: aboutKeys, Proof: t.proof()})
	if err != nil {
		return nil, err
	}
	after, err := t.shown(ctx)
	if err != nil {
		return nil, err
	}
	if err := t.judge(answer, after); err != nil {
		return nil, err
	}
	if err := t.note(ctx, after); err != nil {
		return nil, err
	}
	if err := t.prove(ctx, answer); err != nil {
		return nil, err
	}
	return &sdk.ApplyResult{Changed: true, Notes: t.notes, Diff: []sdk.Diff{{What: "keys of " + authApplication, After: "sha256 " + shortDigest(t.given.Digest) + "…"}}}, nil
}

// proof reads whether the import took effect; nil where the server does not show it.
func (t *taking) proof() func(context.Context) (bool, error) {
	if t.given.Facts[factShown] == "" {
		return nil
	}
	return func(ctx context.Context) (bool, error) {
		now, err := t.shown(ctx)
		return t.sameShown(now), err
	}
}

func (t *taking) sameShown(s keysShown) bool {
	return s.identity != "" && s.identity == t.given.Facts[factShown]
}

// judge decides whether the keys were imported.
//
// assumed: the text of a success is not published, so anything that is no refusal is one; and a server may show the new keys
// only after a restart.
func (t *taking) judge(answer *bwcli.Answer, after keysShown) error {
	switch {
	case t.sameShown(after):
		return nil
	case answer.Refusal != "":
		return answer.Refused("the keys were not imported", "the host holds the keys that it had")
	case t.given.Facts[factShown] != "" && after.identity != "" && !answer.OK():
		return answer.Refused("the keys were not imported", "the server shows other keys than the giver's")
	case after.identity != "":
		t.notes = append(t.notes, "the server still shows other keys: that it shows the imported ones after a restart is assumed")
	case !answer.OK():
		t.notes = append(t.notes, "importKeys answered in a way that is not known, and no refusal: "+brief(answer.Text))
	}
	return nil
}

// note leaves the marker.
func (t *taking) note(ctx context.Context, shown keysShown) error {
	identity := t.given.Facts[factShown]
	if identity == "" {
		identity = shown.identity // the giver shows none: what this server shows of the same keys
	}
	return t.leaveNote(ctx, t.given.Digest, t.given.Facts[factGeneration], identity)
}

// prove makes the request that the playbook gives; before a restart it may fail.
func (t *taking) prove(ctx context.Context, answer *bwcli.Answer) error {
	if t.args.Verify == nil {
		return nil
	}
	wrong, err := t.verify(ctx)
	switch {
	case errors.Is(err, errClosed):
		t.notes = append(t.notes, "verify: the port is closed until a restart; nothing was proved")
		return nil
	case err != nil && answer.Restart, wrong != "" && answer.Restart:
		t.notes = append(t.notes, "verify: not as expected, but the server says that it must be restarted first; nothing was proved")
		return nil
	case err != nil:
		return keysLost("the request of verify got no answer", "the keys were imported", err)
	case wrong != "":
		return &sdk.Failure{Class: sdk.Failed, Summary: "verify failed: " + wrong, State: "the keys were imported", Arg: "verify"}
	}
	return nil
}
