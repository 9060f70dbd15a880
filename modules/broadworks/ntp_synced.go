package broadworks

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/plugins/sdk"
)

// NTPSynced is the module ntp_synced: tokens of the authentication service carry time, so hosts have to agree on it.
type NTPSynced struct{}

// ntpOffset is the offset that is borne where the task gives none.
const ntpOffset = time.Second

// Describe says what the module takes and is.
func (NTPSynced) Describe() sdk.Description {
	return sdk.Description{
		Name:    "ntp_synced",
		Summary: "Asserts that the host's clock is synchronised, and how far it may be off.",
		Doc: `Asks the first of these that the host has and that answers:

- ` + "`chronyc -n tracking`" + `: the leap status, and the system time's distance from NTP time;
- ` + "`ntpq -pn`" + `: the peer marked with ` + "`*` or `o`" + `, and its offset;
- ` + "`timedatectl`" + `: whether the clock is synchronised; ` + "`timedatectl timesync-status`" + ` for the offset, which only systemd's own client tells.

A host whose source is its own clock is not synchronised. A tool that cannot ask its daemon is passed over. No answer at all fails: it is never a pass. Where the clock is synchronised
and no offset is told, the task holds and says so, unless it gives ` + "`max_offset`" + ` itself: what is asked for has to be proved.

The offset is the host's against its NTP source, not against the other hosts: let all use the same sources.`,
		Example: `task "ntp_synced" "clock" {
  max_offset = "200ms"
}`,
		Kind: sdk.Probe,
		Args: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: "max_offset", Type: cty.String, Doc: `How far the clock may be off, such as "200ms"; default 1s.`},
		}},
		Outputs: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: "tool", Type: cty.String, Doc: "What answered: chronyc, ntpq or timedatectl."},
			{Name: "source", Type: cty.String, Doc: "Where the host has its time from, where the tool tells."},
			{Name: "offset_ms", Type: cty.Number, Doc: "How far the clock is off, in milliseconds, without sign; null where the tool does not tell."},
		}},
	}
}

// Validate judges the duration.
func (NTPSynced) Validate(_ context.Context, req *sdk.Request) []sdk.Problem {
	if !req.Args.Known("max_offset") {
		return nil
	}
	if d, err := time.ParseDuration(req.Args.Attr("max_offset").AsString()); err != nil || d <= 0 {
		return []sdk.Problem{{Arg: "max_offset", Summary: "max_offset is no duration above zero", Advice: `Write it like "200ms" or "1s".`}}
	}
	return nil
}

// ntpTools in the order in which they are asked. ntpq is not on the path of every login's commands.
var ntpTools = []struct {
	name  string
	argvs [][]string
	read  func(out string) (clock, error)
}{
	{"chronyc", [][]string{{"chronyc", "-n", "tracking"}}, readChrony},
	{"ntpq", [][]string{{"ntpq", "-pn"}, {"/usr/sbin/ntpq", "-pn"}}, readPeers},
	{"timedatectl", [][]string{{"timedatectl", "status"}}, readTimedatectl},
}

// Check asks the host.
func (m NTPSynced) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	if problems := m.Validate(ctx, req); len(problems) > 0 {
		return nil, &sdk.Failure{Class: sdk.Failed, Summary: problems[0].Summary, Arg: "max_offset", State: "nothing was sent", Do: []string{problems[0].Advice}}
	}
	most, asked := ntpOffset, req.Args.Known("max_offset")
	if asked {
		most, _ = time.ParseDuration(req.Args.Attr("max_offset").AsString())
	}
	tool, c, err := askClock(ctx, req.Conn)
	if err != nil {
		return nil, err
	}
	f := &sdk.Failure{Class: sdk.Failed, What: tool + " says: " + c.says, State: "a probe changes nothing"}
	res := &sdk.CheckResult{Verdict: sdk.NoChange, Outputs: c.outputs(tool)}
	switch {
	case !c.synced:
		f.Summary, f.Do = "the clock is not synchronised", []string{"Start the host's NTP service, and see that it reaches its servers (UDP port 123)."}
	case c.known && c.offset > most:
		f.Summary = fmt.Sprintf("the clock is off by %s; %s is borne", c.offset, most)
		f.Do = []string{"Wait until the NTP service has drawn the clock near, or have it stepped: chronyc makestep."}
	case !c.known && asked:
		f.Summary, f.Arg = fmt.Sprintf("how far the clock is off cannot be proved: %s does not tell", tool), "max_offset"
		f.Do = []string{"Install chronyc or ntpq on the host, or leave max_offset out."}
	case !c.known:
		res.Notes = []string{fmt.Sprintf("the clock is synchronised; how far it is off could not be proved: %s does not tell", tool)}
		return res, nil
	default:
		return res, nil
	}
	return nil, f
}

// Apply asks as Check does: there is nothing to change.
func (m NTPSynced) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	r, err := m.Check(ctx, req)
	if err != nil {
		return nil, err
	}
	return &sdk.ApplyResult{Notes: r.Notes, Outputs: r.Outputs}, nil
}

// askClock asks the tools until one answers.
func askClock(ctx context.Context, conn sdk.Conn) (string, clock, error) {
	var silent []string
	for _, tool := range ntpTools {
		for _, argv := range tool.argvs {
			out, missing, err := runClock(ctx, conn, argv)
			if missing {
				continue
			}
			c := clock{}
			if err == nil {
				if c, err = tool.read(out); err == nil && tool.name == "timedatectl" && c.synced {
					err = c.addTimesync(ctx, conn)
				}
			}
			if err == nil {
				return tool.name, c, nil
			}
			if ctx.Err() != nil || isLost(err) {
				return "", clock{}, err
			}
			silent = append(silent, fmt.Sprintf("%s: %v", strings.Join(argv, " "), err))
			break
		}
	}
	f := &sdk.Failure{Class: sdk.Failed, Summary: "nothing on the host tells whether its clock is synchronised", What: strings.Join(silent, "\n"),
		Why: "chronyc, ntpq and timedatectl are all missing", State: "a probe changes nothing", Do: []string{"Install chrony or ntp on the host and start it."}}
	if len(silent) > 0 {
		f.Why, f.Do = "none of chronyc, ntpq and timedatectl answers", []string{"Start the host's NTP service."}
	}
	return "", clock{}, f
}

// addTimesync asks systemd's own client for the offset; where another one keeps the clock, it has none to tell.
func (c *clock) addTimesync(ctx context.Context, conn sdk.Conn) error {
	out, missing, err := runClock(ctx, conn, []string{"timedatectl", "timesync-status"})
	if isLost(err) {
		return err
	}
	if err == nil && !missing {
		c.readTimesync(out)
	}
	return nil
}

// runClock runs a tool; missing says that the host has none.
func runClock(ctx context.Context, conn sdk.Conn, argv []string) (out string, missing bool, err error) {
	res, err := conn.Run(ctx, sdk.Command{Argv: argv, Effect: sdk.Read})
	if err != nil {
		return "", false, hostFailure("could not ask for the clock", "", err)
	}
	switch {
	case res.Status == 127 || res.Status == 126:
		return "", true, nil
	case res.Status != 0:
		return "", false, fmt.Errorf("status %d: %s", res.Status, brief(string(res.Stdout)+string(res.Stderr)))
	}
	return string(res.Stdout), false, nil
}
