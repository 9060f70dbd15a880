package broadworks

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/plugins/sdk"
)

// Restart is the module restart: what is stored takes effect with it.
type Restart struct{}

// Describe says what the module takes and is.
func (Restart) Describe() sdk.Description {
	return sdk.Description{
		Name:    "restart",
		Summary: "Restarts the BroadWorks software of a host and proves that it happened and that the server is well again.",
		Doc: `Types ` + "`restartbw`" + ` in the host's shell, waits until the ports answer and ` + "`healthmon -l`" + ` reports the
severity NOTIFICATION, and returns only when the restart is proved: a port was closed and is open again, a port that was
closed before is open, connections held open were cut while restartbw ran, the health report was worse in between, or the
server's processes are others than before. A restart that is acknowledged and not done fails.

The ports are those of the host's secure CTI and HTTP interfaces, read from bwcli, unless ` + "`ports`" + ` names others. All of them
must answer at the end, also those that were not open before.

Before it types restartbw it notes on the host, in ` + "`~/.muster/restart`" + `, which processes run and which ports answer. When a run
dies after restartbw was typed, a resumed run compares the host with that note: a restart still under way is waited for, one
that was done is not repeated, one that did not happen is made up for, and where ps and the ports show neither, it says so.

The task's timeout is how long the server may take to come back. No part of this is slept through: ports are tried and the
health report is read until they are right.

Assumed, because it is not published: restartbw may ask for confirmation, which is answered with Y; its output and exit
status prove nothing.`,
		Example: `handler "restart" "restart" {
  run {
    timeout = "10m"
  }
}`,
		Kind:   sdk.Action,
		Probes: true,
		Args: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: "ports", Type: cty.List(cty.Number), Doc: "TCP ports that must answer afterwards; default those of the secure CTI and HTTP interfaces."},
			{Name: "begin_within", Type: cty.String, Default: cty.StringVal("30s"), Doc: "How long after restartbw ended a sign of the restart may take; after that it counts as not done."},
		}},
		Outputs: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: "proof", Type: cty.String, Doc: "What proved the restart."},
		}},
		HostData:  slices.Concat(ctiData, httpData),
		Exclusive: []string{cliResource},
	}
}

// Validate judges ports and duration.
func (Restart) Validate(_ context.Context, req *sdk.Request) (out []sdk.Problem) {
	if req.Args.Known("ports") {
		for i, v := range req.Args.Attr("ports").AsValueSlice() {
			if v.IsNull() {
				out = append(out, sdk.Problem{Arg: fmt.Sprintf("ports[%d]", i), Summary: "a port in the list is null"})
			} else if p, _ := v.AsBigFloat().Float64(); p < 1 || p > 65535 || p != float64(int(p)) {
				out = append(out, sdk.Problem{Arg: fmt.Sprintf("ports[%d]", i), Summary: "a port is a whole number from 1 to 65535"})
			}
		}
	}
	if req.Args.Known("begin_within") {
		if d, err := time.ParseDuration(req.Args.Attr("begin_within").AsString()); err != nil || d <= 0 {
			out = append(out, sdk.Problem{Arg: "begin_within", Summary: "begin_within is no duration", Advice: `Write it like "30s" or "2m".`})
		}
	}
	return out
}

// Check says that an Apply acts: it always does, unless an earlier attempt turns out to be done.
func (Restart) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	if req.Unfinished != nil {
		args, err := decodeRestart(req)
		if err != nil {
			return nil, err
		}
		return unfinished(ctx, req, args.beginWithin)
	}
	return &sdk.CheckResult{Verdict: sdk.Change, Diff: restartDiff()}, nil
}

func restartDiff() []sdk.Diff {
	return []sdk.Diff{{What: "BroadWorks software", Before: "running", After: "restarted"}}
}

// restartJob is one restart under way.
type restartJob struct {
	req         *sdk.Request
	targets     []*target
	markers     []string // of the interfaces: what they speak of is in effect afterwards
	beginWithin time.Duration
	given       time.Duration // for all of it; 0: no limit
	before      snapshot
	notes       []string
}

// snapshot is what the host's shell told before the restart.
type snapshot struct {
	well      bool
	processes processes
}

// Apply restarts, waits and proves.
func (Restart) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	args, err := decodeRestart(req)
	if err != nil {
		return nil, err
	}
	j := &restartJob{req: req, beginWithin: args.beginWithin}
	if end, ok := ctx.Deadline(); ok {
		j.given = time.Until(end)
	}
	if err := j.findTargets(ctx, args.ports); err != nil {
		return nil, err
	}
	if err := j.look(ctx); err != nil {
		return nil, err
	}
	if err := j.leaveNote(ctx); err != nil {
		j.release()
		return nil, err
	}
	proof, err := j.run(ctx)
	if err != nil {
		return nil, err
	}
	if err := j.markRestarted(ctx); err != nil {
		j.notes = append(j.notes, err.Error())
	}
	return &sdk.ApplyResult{Changed: true, Diff: restartDiff(), Notes: append(j.notes, "proved: "+proof),
		Outputs: restartOutputs(proof)}, nil
}

func restartOutputs(proof string) sdk.Object {
	return outputs(map[string]cty.Value{"proof": cty.StringVal(proof)})
}

// restartArgs are the arguments.
type restartArgs struct {
	ports       []int
	beginWithin time.Duration
}

func decodeRestart(req *sdk.Request) (args restartArgs, err error) {
	var in struct {
		Ports       []int  `cty:"ports"`
		BeginWithin string `cty:"begin_within"`
	}
	if err := req.Args.Decode(&in); err != nil {
		return args, err
	}
	args.ports = in.Ports
	if args.beginWithin, err = time.ParseDuration(in.BeginWithin); err != nil {
		return args, &sdk.Failure{Class: sdk.Failed, Summary: "begin_within is no duration", Arg: "begin_within", State: "nothing was sent"}
	}
	return args, nil
}

// findTargets settles which ports to watch, and leaves bwcli, which would not outlive the restart.
func (j *restartJob) findTargets(ctx context.Context, ports []int) error {
	cli, err := open(ctx, j.req)
	if err != nil {
		return err
	}
	defer cli.Discard()
	own, _, ownErr := ctiFamily.place(j.req)
	for _, p := range ports {
		if ownErr != nil {
			return ownErr
		}
		j.targets = append(j.targets, &target{address: own, port: p})
	}
	if t := cli.Type(); t != "XSP" && t != "ADP" {
		return nil
	}
	for _, f := range families() {
		rows, err := f.rows(ctx, cli)
		refused := (*sdk.Failure)(nil)
		if f != &ctiFamily && errors.As(err, &refused) && refused.Class == sdk.Failed {
			j.notes = append(j.notes, fmt.Sprintf("the %ss were not watched: %s", f.title, refused.Summary))
			continue // a server without them restarts as well
		}
		if err != nil {
			return err
		}
		j.watch(f, rows, ports == nil)
	}
	return nil
}

// watch takes the markers of a family's interfaces, and with targets the secure ones as targets.
func (j *restartJob) watch(f *family, rows []row, targets bool) {
	own, _, _ := f.place(j.req)
	for _, r := range rows {
		j.markers = append(j.markers, f.marker(r.address, r.port))
		switch {
		case !targets || !r.secure:
		case r.address == own || r.address.String() == j.req.Host.Address:
			j.targets = append(j.targets, &target{address: r.address, port: r.port})
		default:
			j.notes = append(j.notes, fmt.Sprintf("the %s %s port %d is on an address that the inventory does not give this host; it was not watched", f.title, r.address, r.port))
		}
	}
}

// look reads health and processes before the restart.
func (j *restartJob) look(ctx context.Context) error {
	sh, err := bwcli.OpenShell(ctx, j.req.Conn, watchShell)
	if err != nil {
		return err
	}
	h, err := readHealth(ctx, sh)
	if err != nil {
		return err
	}
	j.before.well = h.well()
	if j.before.processes, err = readProcesses(ctx, sh); err != nil {
		return err
	}
	sh.Close()
	for _, t := range j.targets {
		t.hold(ctx, j.req.Conn)
	}
	return nil
}

// markRestarted notes on the host that what the markers speak of is in effect since.
func (j *restartJob) markRestarted(ctx context.Context) error {
	for _, path := range j.markers {
		digest, err := readMarker(ctx, j.req.Conn, path)
		if err != nil {
			return err
		}
		if digest == "" || strings.HasSuffix(digest, restartedMark) {
			continue
		}
		if err := writeMarker(ctx, j.req.Conn, path, digest+restartedMark); err != nil {
			return err
		}
	}
	return nil
}
