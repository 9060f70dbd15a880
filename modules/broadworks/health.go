package broadworks

import (
	"context"
	"regexp"
	"strings"
	"time"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/plugins/sdk"
)

// health is a report of healthmon -l.
type health struct {
	severity string // NOTIFICATION is well; empty when none was printed
	trouble  string // why there is no report
}

// well is the published criterion: "Ensure the reported severity is NOTIFICATION for all servers."
func (h health) well() bool { return strings.EqualFold(h.severity, "NOTIFICATION") }

var severityLine = regexp.MustCompile(`(?im)^.*\bseverity\b\s*[:=]?\s*([A-Za-z]+)`)

func readHealth(ctx context.Context, sh *bwcli.Shell) (health, error) {
	text, err := sh.Run(ctx, "healthmon -l", sdk.Read, nil)
	if err != nil {
		return health{}, err
	}
	if m := severityLine.FindStringSubmatch(text); m != nil {
		return health{severity: strings.ToUpper(m[1])}, nil
	}
	return health{trouble: brief(text)}, nil
}

// processes are the server's running processes: for each command line the start times by process id.
type processes map[string]map[string]time.Time

// processLine is a line of ps: id, start time, command line.
var processLine = regexp.MustCompile(`^\s*(\d+)\s+([A-Z][a-z]{2} [A-Z][a-z]{2} +\d+ [\d:]{8} \d{4})\s+(.*\S)\s*$`)

// ours finds the server's processes by their command lines.
// assumed: what they are called is not published; they run from its directories or from packages of its maker.
var ours = regexp.MustCompile(`(?i)broadworks|broadsoft`)

// readProcesses lists what runs of the BroadWorks software. It is a proof beside others: where ps is not there, or is
// another one, the list is empty.
func readProcesses(ctx context.Context, sh *bwcli.Shell) (processes, error) {
	text, err := sh.Run(ctx, "ps -eo pid,lstart,args", sdk.Read, nil)
	if err != nil {
		return nil, err
	}
	p := processes{}
	for line := range strings.Lines(text) {
		m := processLine.FindStringSubmatch(line)
		if m == nil || !ours.MatchString(m[3]) {
			continue
		}
		started, err := time.Parse("Mon Jan _2 15:04:05 2006", m[2])
		if err != nil {
			continue
		}
		if p[m[3]] == nil {
			p[m[3]] = map[string]time.Time{}
		}
		p[m[3]][m[1]] = started
	}
	return p, nil
}

// restarted names a command line that ran before and runs now in other processes only, all of them younger; "" when there
// is none. One process that stays tells nothing: a restart leaves some alone.
func (p processes) restarted(now processes) string {
	for args, old := range p {
		if len(now[args]) == 0 {
			continue
		}
		anew := true
		for pid, started := range now[args] {
			for oldPID, before := range old {
				anew = anew && pid != oldPID && !started.Before(before)
			}
		}
		if anew {
			return args[:min(len(args), 80)]
		}
	}
	return ""
}
