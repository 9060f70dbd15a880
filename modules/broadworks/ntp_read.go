package broadworks

import (
	"errors"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/plugins/sdk"
)

// clock is what a tool tells of a host's clock.
type clock struct {
	synced bool
	known  bool          // offset is told
	offset time.Duration // how far it is off, without sign
	source string
	says   string // the lines that were judged
}

func (c clock) outputs(tool string) sdk.Object {
	offset, source := cty.NullVal(cty.Number), cty.NullVal(cty.String)
	if c.known {
		offset = cty.NumberFloatVal(float64(c.offset) / float64(time.Millisecond))
	}
	if c.source != "" {
		source = cty.StringVal(c.source)
	}
	return outputs(map[string]cty.Value{"tool": cty.StringVal(tool), "source": source, "offset_ms": offset})
}

func isLost(err error) bool {
	f := (*sdk.Failure)(nil)
	return errors.As(err, &f)
}

// errNoClock says that an output has not the form that is known.
var errNoClock = errors.New("its output is not understood")

// labelled are the "label : value" lines of an output, labels in lower case.
func labelled(out string) map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(out) {
		if label, value, ok := strings.Cut(line, ":"); ok {
			m[strings.ToLower(strings.TrimSpace(label))] = strings.TrimSpace(value)
		}
	}
	return m
}

// maxSeconds bounds an offset that is read: 100 years fit into a time.Duration.
const maxSeconds = 100 * 365 * 24 * 3600

// fromSeconds makes a duration without sign of seconds; ok is false for what is no number.
func fromSeconds(text string, unit float64) (time.Duration, bool) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) {
		return 0, false
	}
	return time.Duration(min(math.Abs(f)*unit, maxSeconds) * float64(time.Second)), true
}

// ownClock is the reference of a host that is its own source, 127.127.1.1: several such hosts agree on nothing.
const ownClock = "7F7F0101"

// readChrony reads chronyc tracking.
func readChrony(out string) (clock, error) {
	m := labelled(out)
	leap, system := m["leap status"], m["system time"]
	if leap == "" {
		return clock{}, errNoClock
	}
	c := clock{says: "leap status " + leap}
	if _, name, ok := strings.Cut(m["reference id"], "("); ok {
		c.source = strings.TrimSuffix(name, ")")
	}
	switch strings.ToLower(leap) {
	case "normal", "insert second", "delete second":
		c.synced = true
	}
	if strings.HasPrefix(strings.ToUpper(m["reference id"]), ownClock) {
		c.synced, c.says = false, c.says+", from the host's own clock"
	}
	if fields := strings.Fields(system); len(fields) > 1 && fields[1] == "seconds" {
		c.offset, c.known = fromSeconds(fields[0], 1)
		c.says += ", system time " + system
	}
	return c, nil
}

// readPeers reads ntpq -p: remote, refid, st, t, when, poll, reach, delay, offset, jitter, times in milliseconds.
func readPeers(out string) (clock, error) {
	body := false
	c := clock{says: "no peer is marked as the source"}
	for line := range strings.Lines(out) {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case strings.HasPrefix(strings.TrimSpace(line), "==="):
			body = true
		case body && (strings.HasPrefix(line, "*") || strings.HasPrefix(line, "o")):
			fields := strings.Fields(line[1:])
			if len(fields) < 10 {
				return clock{}, errNoClock
			}
			own := fields[1] == ".LOCL." || strings.HasPrefix(fields[0], "LOCAL(") || strings.HasPrefix(fields[0], "127.127.1.")
			c.synced, c.source, c.says = fields[len(fields)-4] != "0" && !own, fields[0], strings.TrimSpace(line)
			c.offset, c.known = fromSeconds(fields[len(fields)-2], 1e-3)
			return c, nil
		}
	}
	if !body {
		return clock{}, errors.New(brief(out)) // such as "No association ID's returned"
	}
	return c, nil
}

// readTimedatectl reads timedatectl status, of old releases and new ones.
func readTimedatectl(out string) (clock, error) {
	m := labelled(out)
	for _, label := range []string{"system clock synchronized", "ntp synchronized"} {
		if v := m[label]; v != "" {
			return clock{synced: strings.EqualFold(v, "yes"), says: label + ": " + v}, nil
		}
	}
	return clock{}, errNoClock
}

// timesyncRE is the form in which systemd writes a time: +1.234ms, -1min 2.5s.
var timesyncRE = regexp.MustCompile(`^[+-]?((?:[0-9]+(?:\.[0-9]+)?(?:us|µs|ms|s|min|h)\s*)+)$`)

// readTimesync reads timedatectl timesync-status.
func (c *clock) readTimesync(out string) {
	m := labelled(out)
	if server := strings.Fields(m["server"]); len(server) > 0 {
		c.source = server[0]
	}
	parts := timesyncRE.FindStringSubmatch(m["offset"])
	if parts == nil {
		return
	}
	d, err := time.ParseDuration(strings.Join(strings.Fields(strings.ReplaceAll(parts[1], "min", "m")), ""))
	if err == nil {
		c.offset, c.known, c.says = d, true, c.says+", offset "+m["offset"]
	}
}
