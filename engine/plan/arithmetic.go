package plan

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// String says a rollout in words: `canary 1, then by site, 1 down at a time, stops after the 1st failure`.
func (r *Rollout) String() string {
	var parts []string
	then := ""
	if r.Canary != "" && r.Canary != "0" {
		parts, then = append(parts, "canary "+r.Canary), "then "
	}
	if r.GroupBy != "" {
		s := then + "by " + r.GroupBy
		if r.GroupsAtOnce > 1 {
			s += fmt.Sprintf(", %d groups at once", r.GroupsAtOnce)
		}
		parts, then = append(parts, s), ""
	}
	down := fmt.Sprintf("%s%s down at a time", then, r.MaxUnavailable)
	if r.GroupBy != "" && r.GroupsAtOnce > 1 {
		down += " in each"
	}
	parts = append(parts, down)
	if r.MaxFailed.Percent {
		return strings.Join(append(parts, fmt.Sprintf("stops when more than %s of the hosts failed", r.MaxFailed)), ", ")
	}
	return strings.Join(append(parts, fmt.Sprintf("stops after the %s failure", ordinal(r.MaxFailed.N+1))), ", ")
}

func ordinal(n int) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.Itoa(n) + suffix
}

// short writes a duration without its zero parts: 5m, 1h30m, 90s stays 1m30s.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
