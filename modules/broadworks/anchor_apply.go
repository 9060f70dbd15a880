package broadworks

import (
	"context"
	"fmt"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/modules/tlsinfo"
	"github.com/muster-run/muster/plugins/sdk"
)

// Apply loads the anchor, or deletes it.
func (TrustAnchor) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	a, err := decodeAnchor(req)
	if err != nil {
		return nil, err
	}
	cli, err := open(ctx, req)
	if err != nil {
		return nil, err
	}
	defer cli.Close()
	row, err := findAnchor(ctx, cli, a)
	if err != nil {
		return nil, err
	}
	diff, notes, err := anchorDiff(ctx, req.Conn, a, row)
	if err != nil || diff == nil {
		return &sdk.ApplyResult{Notes: notes, Outputs: anchorOutputs(a)}, err
	}
	if a.absent() {
		err = deleteAnchor(ctx, cli, a)
	} else {
		err = loadAnchor(ctx, req.Conn, cli, a, row)
	}
	if err != nil {
		return nil, err
	}
	return &sdk.ApplyResult{Changed: true, Diff: []sdk.Diff{*diff}, Notes: a.notes, Outputs: anchorOutputs(a)}, markAnchor(ctx, req.Conn, a)
}

func markAnchor(ctx context.Context, conn sdk.Conn, a *anchorArgs) error {
	if a.absent() {
		return removeMarker(ctx, conn, a.marker())
	}
	return writeMarker(ctx, conn, a.marker(), tlsinfo.Digest(a.cert))
}

// loadAnchor uploads the certificate, loads it and reads it back.
func loadAnchor(ctx context.Context, conn sdk.Conn, cli *bwcli.CLI, a *anchorArgs, before *anchorRow) error {
	// The old marker must not outlive the change: a crash in between would leave it vouching for the wrong certificate.
	if before != nil {
		if err := removeMarker(ctx, conn, a.marker()); err != nil {
			return err
		}
	}
	file := sdk.Put{Path: uploadDir + "muster-" + a.Interface + "-" + a.Alias + ".pem", Content: tlsinfo.PEM(a.cert)}
	up, err := upload(ctx, conn, file)
	if err != nil {
		return err
	}
	defer func() { up.remove(ctx); a.notes = append(a.notes, up.notes()...) }()

	answer, err := updateTrust(ctx, cli, a, before, file.Path)
	if err != nil {
		return err
	}
	if answer.Duplicate() && before != nil {
		// assumed: where an existing alias is not replaced, it must be deleted first.
		if err := deleteAnchor(ctx, cli, a); err != nil {
			return err
		}
		if answer, err = updateTrust(ctx, cli, a, nil, file.Path); err != nil {
			return err
		}
	}
	row, err := findAnchor(ctx, cli, a)
	if err != nil {
		return err
	}
	taken := up.remove(ctx)
	summary := fmt.Sprintf("could not load trust anchor %q", a.Alias)
	switch {
	case row == nil:
		return answer.Refused(summary, "the list does not show it; "+taken)
	case !row.shows(a.cert), answer.Refusal != "" && before != nil:
		return answer.Refused(summary, "the list still shows "+row.String()+"; "+taken)
	}
	return nil
}

func updateTrust(ctx context.Context, cli *bwcli.CLI, a *anchorArgs, before *anchorRow, path string) (*bwcli.Answer, error) {
	cmd := bwcli.Command{Context: a.context(), Words: []string{"updateTrust", a.Alias, path}, Effect: sdk.Idempotent, Foreseen: bwcli.Plain}
	if before == nil || !before.shows(a.cert) {
		cmd.Proof = func(ctx context.Context) (bool, error) {
			row, err := findAnchor(ctx, cli, a)
			return row != nil && row.shows(a.cert), err
		}
	}
	return cli.Do(ctx, cmd)
}

func deleteAnchor(ctx context.Context, cli *bwcli.CLI, a *anchorArgs) error {
	gone := func(ctx context.Context) (bool, error) {
		row, err := findAnchor(ctx, cli, a)
		return row == nil, err
	}
	answer, err := cli.Do(ctx, bwcli.Command{Context: a.context(), Words: []string{"delete", a.Alias}, Effect: sdk.Once, Foreseen: bwcli.Plain, Proof: gone})
	if err != nil {
		return err
	}
	if ok, err := gone(ctx); err != nil {
		return err
	} else if !ok {
		return answer.Refused(fmt.Sprintf("could not delete trust anchor %q", a.Alias), "the list still shows it")
	}
	return nil
}
