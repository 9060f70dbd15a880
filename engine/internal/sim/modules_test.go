package sim

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/plugins/sdk"
)

// modules are those of the simulation, in the same process.
type modules map[string]sdk.Module

func (m modules) Module(_ context.Context, name string) (sdk.Module, error) {
	if mod, ok := m[name]; ok {
		return mod, nil
	}
	return nil, fmt.Errorf("no module %q", name)
}

func (m modules) Names() []string { return slices.Sorted(maps.Keys(m)) }

func allModules() modules {
	return modules{"keep": keep{}, "tally": tally{probes: true}, "blind": tally{}, "cycle": cycle{}, "alive": alive{}, "share": share{}}
}

func text(name string) sdk.Attribute {
	return sdk.Attribute{Name: name, Type: cty.String, Doc: name, Required: true}
}

func take(req *sdk.Request, name string) string { return req.Args.Attr(name).AsString() }

// keep keeps a text in a file.
type keep struct{}

func (keep) Describe() sdk.Description {
	return sdk.Description{Name: "keep", Kind: sdk.State, Summary: "keeps a text in a file", Args: sdk.Schema{Attributes: []sdk.Attribute{text("path"), text("text")}}}
}

func (keep) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	have, err := req.Conn.Get(ctx, take(req, "path"))
	if err != nil && !errors.Is(err, sdk.ErrNotExist) {
		return nil, err
	}
	if string(have) == take(req, "text") {
		return &sdk.CheckResult{Verdict: sdk.NoChange}, nil
	}
	return &sdk.CheckResult{Verdict: sdk.Change, Diff: []sdk.Diff{{What: take(req, "path"), After: take(req, "text")}}}, nil
}

func (keep) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	if err := req.Conn.Put(ctx, sdk.Put{Path: take(req, "path"), Content: []byte(take(req, "text"))}); err != nil {
		return nil, err
	}
	have, err := req.Conn.Get(ctx, take(req, "path"))
	if err == nil && string(have) != take(req, "text") {
		err = errors.New("it reads otherwise")
	}
	return &sdk.ApplyResult{Changed: true}, err
}

// tally does something once, and can find out whether it was done if it probes.
type tally struct{ probes bool }

func (m tally) Describe() sdk.Description {
	name := map[bool]string{true: "tally", false: "blind"}[m.probes]
	return sdk.Description{Name: name, Kind: sdk.Action, Probes: m.probes, Summary: "does something once", Args: sdk.Schema{Attributes: []sdk.Attribute{text("id")}}}
}

func (m tally) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	if req.Unfinished == nil {
		return &sdk.CheckResult{Verdict: sdk.Change}, nil
	}
	res, err := command(ctx, req, sdk.Read, "tallied", take(req, "id"))
	switch {
	case err != nil:
		return nil, err
	case strings.TrimSpace(res) == "0":
		return &sdk.CheckResult{Verdict: sdk.Change}, nil
	}
	return &sdk.CheckResult{Verdict: sdk.NoChange}, nil
}

func (m tally) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	_, err := command(ctx, req, sdk.Once, "tally", take(req, "id"))
	return &sdk.ApplyResult{Changed: true}, err
}

func command(ctx context.Context, req *sdk.Request, effect sdk.Effect, argv ...string) (string, error) {
	res, err := req.Conn.Run(ctx, sdk.Command{Argv: argv, Effect: effect})
	if err != nil {
		return "", err
	}
	if res.Status != 0 {
		return "", &sdk.Failure{Class: sdk.Uncertain, Summary: fmt.Sprintf("%s ended with %d", argv[0], res.Status)}
	}
	return string(res.Stdout), nil
}

// cycle restarts the software and proves it: the host counts its starts.
type cycle struct{}

func (cycle) Describe() sdk.Description {
	return sdk.Description{Name: "cycle", Kind: sdk.Action, Probes: true, Summary: "restarts"}
}

const startsBefore = "/starts-before"

func starts(ctx context.Context, req *sdk.Request) (up bool, count string, err error) {
	out, err := command(ctx, req, sdk.Read, "status")
	if err != nil {
		return false, "", err
	}
	state, count, _ := strings.Cut(strings.TrimSpace(out), " ")
	return state == "up", count, nil
}

// Check of an unfinished attempt compares the starts with those that the attempt wrote down before it restarted.
func (cycle) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	if req.Unfinished == nil {
		return &sdk.CheckResult{Verdict: sdk.Change}, nil
	}
	before, err := req.Conn.Get(ctx, startsBefore)
	if err != nil {
		return nil, err
	}
	for {
		up, now, err := starts(ctx, req)
		switch {
		case ctx.Err() != nil:
			return &sdk.CheckResult{Verdict: sdk.Unknown, Reason: "it is down and may be on its way"}, nil
		case err != nil:
			return nil, err
		case now != string(before):
			return &sdk.CheckResult{Verdict: sdk.NoChange}, nil
		case up:
			return &sdk.CheckResult{Verdict: sdk.Change}, nil
		}
		pause(ctx, 5*time.Second)
	}
}

func (cycle) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	_, before, err := starts(ctx, req)
	if err != nil {
		return nil, err
	}
	if err := req.Conn.Put(ctx, sdk.Put{Path: startsBefore, Content: []byte(before)}); err != nil {
		return nil, err
	}
	if _, err := command(ctx, req, sdk.Once, "cycle"); err != nil {
		return nil, err
	}
	begun := time.Now()
	for {
		up, now, err := starts(ctx, req)
		switch {
		case err == nil && up && now != before:
			return &sdk.ApplyResult{Changed: true}, nil
		case err == nil && up && time.Since(begun) > 10*time.Second:
			return nil, &sdk.Failure{Class: sdk.Failed, Summary: "the restart was acknowledged and not done"}
		case ctx.Err() != nil:
			return nil, ctx.Err()
		}
		pause(ctx, 5*time.Second)
	}
}

// alive is a probe: the software runs.
type alive struct{}

func (alive) Describe() sdk.Description {
	return sdk.Description{Name: "alive", Kind: sdk.Probe, Summary: "asks whether the software runs"}
}

func (alive) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	up, _, err := starts(ctx, req)
	if err == nil && !up {
		err = &sdk.Failure{Class: sdk.Failed, Summary: "it is down"}
	}
	return &sdk.CheckResult{Verdict: sdk.NoChange}, err
}

func (alive) Apply(context.Context, *sdk.Request) (*sdk.ApplyResult, error) {
	return nil, errors.New("never applied")
}
