package bwsim

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/shell"
)

// Clock is how a host's clock stands to the time of its NTP server.
type Clock struct {
	// Offset is what the clock is ahead by; negative when it is behind.
	Offset       time.Duration
	Synchronised bool
	// Stopped says that the NTP service does not run.
	Stopped bool
}

// SetClock changes what the host says of its clock. At first it is synchronised
// and 120 microseconds ahead.
func (h *Host) SetClock(c Clock) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.clock = c
}

func (h *Host) clockNow() Clock {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.clock
}

// clockCommands are those that the host has.
func (h *Host) clockCommands() map[string]shell.Command {
	tool := h.opts.Profile.NTP
	if tool == NTPByDialect {
		tool = h.dialect.ntp
	}
	switch tool {
	case NTPDaemon:
		return map[string]shell.Command{"ntpq": h.ntpq}
	case NTPTimedatectl:
		return map[string]shell.Command{"timedatectl": h.timedatectl}
	case NTPNone:
		return nil
	}
	return map[string]shell.Command{"chronyc": h.chronyc, "timedatectl": h.timedatectl}
}

// timeServer is where the hosts claim to have their time from; nobody asks it.
const timeServer = "192.0.2.123"

// chronyc knows "tracking", with -n that changes nothing here.
func (h *Host) chronyc(_ context.Context, p *shell.Proc) int {
	if args := slices.DeleteFunc(slices.Clone(p.Args), func(a string) bool { return a == "-n" }); !slices.Equal(args, []string{"tracking"}) {
		fmt.Fprintln(p.Err, "Unrecognized command")
		return 1
	}
	c := h.clockNow()
	if c.Stopped {
		fmt.Fprintln(p.Out, "506 Cannot talk to daemon")
		return 1
	}
	reference, stratum, leap := "C000027B ("+timeServer+")", 2, "Normal"
	if !c.Synchronised {
		reference, stratum, leap = "00000000 ()", 0, "Not synchronised"
	}
	direction := "fast"
	if c.Offset < 0 {
		direction = "slow"
	}
	seconds := c.Offset.Seconds()
	fmt.Fprintf(p.Out, "Reference ID    : %s\nStratum         : %d\n", reference, stratum)
	fmt.Fprintf(p.Out, "Ref time (UTC)  : %s\n", time.Now().UTC().Format("Mon Jan 02 15:04:05 2006"))
	fmt.Fprintf(p.Out, "System time     : %.9f seconds %s of NTP time\n", max(seconds, -seconds), direction)
	fmt.Fprintf(p.Out, "Last offset     : %+.9f seconds\nRMS offset      : %.9f seconds\n", seconds, max(seconds, -seconds))
	fmt.Fprintf(p.Out, "Frequency       : 1.203 ppm slow\nResidual freq   : -0.001 ppm\nSkew            : 0.042 ppm\n")
	fmt.Fprintf(p.Out, "Root delay      : 0.013700000 seconds\nRoot dispersion : 0.001100000 seconds\nUpdate interval : 64.5 seconds\n")
	fmt.Fprintf(p.Out, "Leap status     : %s\n", leap)
	return 0
}

// ntpq knows the list of peers and the system's variables; offsets are in
// milliseconds, and a clock that is ahead has a negative one.
func (h *Host) ntpq(_ context.Context, p *shell.Proc) int {
	c := h.clockNow()
	if c.Stopped {
		fmt.Fprintln(p.Err, "ntpq: read: Connection refused")
		return 1
	}
	ahead := -float64(c.Offset) / float64(time.Millisecond)
	switch strings.Join(p.Args, " ") {
	case "-pn", "-p -n", "-np", "-n -p":
		mark, reach := "*", 377
		if !c.Synchronised {
			mark, reach = " ", 0
		}
		fmt.Fprintln(p.Out, "     remote           refid      st t when poll reach   delay   offset  jitter")
		fmt.Fprintln(p.Out, strings.Repeat("=", 78))
		fmt.Fprintf(p.Out, "%s%-15s .GPS.            1 u   34   64  %3d %8.3f %8.3f %7.3f\n", mark, timeServer, reach, 0.512, ahead, 0.045)
	case "-c rv", "-crv", "-n -c rv", "-nc rv":
		leap, sync, stratum := "leap_none", "sync_ntp", 2
		bits := "00"
		if !c.Synchronised {
			leap, sync, stratum, bits = "leap_alarm", "sync_unspec", 16, "11"
		}
		fmt.Fprintf(p.Out, "associd=0 status=0615 %s, %s, 1 event, clock_sync,\n", leap, sync)
		fmt.Fprintf(p.Out, "version=\"ntpd 4.2.6p5\", processor=\"x86_64\", system=\"Linux/3.10.0\",\n")
		fmt.Fprintf(p.Out, "leap=%s, stratum=%d, precision=-24, rootdelay=0.512, rootdisp=1.100,\n", bits, stratum)
		fmt.Fprintf(p.Out, "refid=%s, tc=6, mintc=3, offset=%.3f, frequency=-1.203,\nsys_jitter=0.045, clk_jitter=0.012, clk_wander=0.001\n", timeServer, ahead)
	default:
		fmt.Fprintln(p.Err, "ntpq: unsupported options (only -pn and -c rv)")
		return 1
	}
	return 0
}

// timedatectl cannot tell the offset, except where it keeps the clock itself.
func (h *Host) timedatectl(_ context.Context, p *shell.Proc) int {
	c := h.clockNow()
	word := map[bool]string{false: "no", true: "yes"}
	yes, service, enabled := word[c.Synchronised], "active", word[!c.Stopped]
	if c.Stopped {
		service = "inactive"
	}
	args := strings.Join(p.Args, " ")
	if h.dialect.oldClock && args != "" && args != "status" {
		fmt.Fprintf(p.Err, "Unknown operation %s\n", args)
		return 1
	}
	switch args {
	case "", "status":
		now := time.Now().UTC()
		fmt.Fprintf(p.Out, "               Local time: %s\n           Universal time: %[1]s\n", now.Format("Mon 2006-01-02 15:04:05 UTC"))
		if h.dialect.oldClock {
			fmt.Fprintf(p.Out, "              NTP enabled: %s\n         NTP synchronized: %s\n", enabled, yes)
			return 0
		}
		fmt.Fprintf(p.Out, "                Time zone: UTC (UTC, +0000)\nSystem clock synchronized: %s\n", yes)
		fmt.Fprintf(p.Out, "              NTP service: %s\n          RTC in local TZ: no\n", service)
	case "show":
		fmt.Fprintf(p.Out, "Timezone=UTC\nNTP=%s\nNTPSynchronized=%s\n", enabled, yes)
	case "show -p NTPSynchronized", "show --property=NTPSynchronized":
		fmt.Fprintf(p.Out, "NTPSynchronized=%s\n", yes)
	case "show -p NTPSynchronized --value", "show --property=NTPSynchronized --value":
		fmt.Fprintln(p.Out, yes)
	case "timesync-status":
		if h.clockCommands()["chronyc"] != nil {
			fmt.Fprintln(p.Err, "Failed to query server: The name org.freedesktop.timesync1 was not provided by any .service files")
			return 1
		}
		fmt.Fprintf(p.Out, "       Server: %s\n      Stratum: 1\n       Offset: %+.3fms\n        Delay: 512us\n",
			timeServer, -float64(c.Offset)/float64(time.Millisecond))
	default:
		fmt.Fprintf(p.Err, "Unknown command verb %s.\n", args)
		return 1
	}
	return 0
}
