package copy

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/muster-run/muster/modules/core/internal/problem"
	"github.com/muster-run/muster/plugins/sdk"
)

// job is one task on one host.
type job struct {
	Path     string  `cty:"path"`
	Mode     *string `cty:"mode"`
	Owner    *string `cty:"owner"`
	MakeDirs bool    `cty:"make_dirs"`
	ShowDiff *bool   `cty:"show_diff"`

	Content       *string     `cty:"content"`
	File          *sdk.File   `cty:"file"`
	SecretContent *sdk.Handle `cty:"secret_content"`
	SecretFile    *sdk.Handle `cty:"secret_file"`
	Checksum      *string     `cty:"checksum"`

	req    *sdk.Request
	source *source
}

func newJob(ctx context.Context, req *sdk.Request) (*job, error) {
	if err := problem.Failure(Module{}.Validate(ctx, req)); err != nil {
		return nil, err
	}
	j := &job{req: req}
	if err := req.Args.Decode(j); err != nil {
		return nil, err
	}
	var err error
	j.source, err = sourceOf(req.Args)
	return j, err
}

// tooShort is why it cannot be told whether the host has a short secret.
const tooShort = "a secret under 16 bytes has no digest to compare"

// Check compares.
func (Module) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	j, err := newJob(ctx, req)
	if err != nil {
		return nil, err
	}
	t, err := j.look(ctx)
	if err != nil {
		return nil, err
	}
	out := &sdk.CheckResult{Verdict: sdk.NoChange, Outputs: j.source.outputs()}
	same, known := j.sameContent(t)
	out.Diff, out.Notes, err = j.diff(ctx, t, same)
	switch {
	case err != nil:
		return nil, err
	case len(out.Diff) > 0:
		out.Verdict = sdk.Change
	case !known:
		out.Verdict, out.Reason = sdk.Unknown, tooShort
	}
	return out, nil
}

// Apply writes, sets the owner and reads back.
func (Module) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	j, err := newJob(ctx, req)
	if err != nil {
		return nil, err
	}
	t, err := j.look(ctx)
	if err != nil {
		return nil, err
	}
	same, known := j.sameContent(t)
	out := &sdk.ApplyResult{Outputs: j.source.outputs()}
	if out.Diff, out.Notes, err = j.diff(ctx, t, same); err != nil {
		return nil, err
	}
	state := "the content is as it should be"
	mode := j.wantMode(t)
	if !same || !known || t.info.Mode.Perm() != mode {
		put := sdk.Put{Path: j.Path, Mode: mode, Content: []byte(j.source.text), Secret: j.source.secret, MakeDirs: j.MakeDirs}
		if err := req.Conn.Put(ctx, put); err != nil {
			return nil, hostFailure("could not write "+j.Path, "the file is as it was", err)
		}
		out.Changed, state = true, "the file was written and belongs to the login"
		if t, err = j.look(ctx); err != nil {
			return nil, err
		}
	}
	if !known {
		out.Notes = append(out.Notes, tooShort+", so it was written anew")
	}
	if !t.owned {
		if err := j.chown(ctx, state); err != nil {
			return nil, err
		}
		out.Changed = true
	}
	return out, j.proved(ctx, mode)
}

// proved reads back.
func (j *job) proved(ctx context.Context, mode fs.FileMode) error {
	t, err := j.look(ctx)
	if err != nil {
		return err
	}
	same, _ := j.sameContent(t)
	wrong := ""
	switch {
	case !same:
		wrong = "it holds something else"
	case t.info.Mode.Perm() != mode:
		wrong = fmt.Sprintf("its mode is %04o", t.info.Mode.Perm())
	case !t.owned:
		wrong = "somebody else owns it"
	default:
		return nil
	}
	return &sdk.Failure{Class: sdk.Failed, Summary: j.Path + " is not what was written", Why: wrong, State: "the file has other properties now",
		Do: []string{"Find out what else on the host writes " + j.Path + "."}}
}
