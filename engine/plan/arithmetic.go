package plan

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// String says what the playbook says of a rollout, in words: `canary 1, soak 10m, then you promote; by site, waves of 1, 5
// and 100%, 1 down at a time; stops after the 1st failure; pauses then`.
func (r *Rollout) String() string {
	var parts []string
	if !r.noCanary() {
		parts = append(parts, canaryText(r.Canary, r.Soak, r.Manual))
	}
	var how []string
	if r.GroupBy != "" {
		how = append(how, "by "+r.GroupBy)
	}
	if len(r.Batches) > 0 {
		var list []string
		for _, c := range r.Batches {
			list = append(list, c.String())
		}
		how = append(how, "waves of "+and(list))
	}
	how = append(how, fmt.Sprintf("%s down at a time%s", r.MaxUnavailable, inEach(r.GroupBy, r.GroupsAtOnce)))
	parts = append(parts, strings.Join(how, ", "))
	if r.MaxFailed.Percent {
		parts = append(parts, fmt.Sprintf("stops when more than %s of the hosts failed", r.MaxFailed))
	} else {
		parts = append(parts, fmt.Sprintf("stops after the %s failure", ordinal(r.MaxFailed.N+1)))
	}
	return strings.Join(append(parts, then(r.OnFailure)), "; ")
}

// String says how the rollout goes in one line, without the names of the waves' hosts: `canary xsp01, soak 10m, then you
// promote; fra: waves of 1, 5 and 6, 1 down at a time; stops after the 3rd failure of 24; pauses then`.
func (v *RolloutView) String() string {
	const most = 3
	var parts []string
	if len(v.Canary) > 0 {
		parts = append(parts, canaryText(listSome(v.Canary), v.Soak, v.Manual))
	}
	for i, g := range v.Groups {
		if i == most && len(v.Groups) > most+1 {
			parts = append(parts, fmt.Sprintf("and %d groups more", len(v.Groups)-most))
			break
		}
		parts = append(parts, g.String())
	}
	if v.GroupsAtOnce > 1 && len(v.Groups) > 1 {
		parts = append(parts, fmt.Sprintf("%d groups at once", v.GroupsAtOnce))
	}
	parts = append(parts, fmt.Sprintf("stops after the %s failure of %d", ordinal(v.MaxFailed+1), v.RunHosts))
	return strings.Join(append(parts, then(v.OnFailure)), "; ")
}

// String says how a group goes: `fra: waves of 1, 5 and 6, 1 down at a time`.
func (g *GroupView) String() string {
	s := plural(g.Hosts, "host")
	if g.Batches && len(g.Waves) > 0 {
		s = "waves of " + and(sizes(g.Waves))
	}
	if g.Name != "" {
		s = g.Name + ": " + s
	}
	s += fmt.Sprintf(", %d down at a time", g.AtOnce)
	if g.Gone > 0 {
		s += fmt.Sprintf(" (%d down already)", g.Gone)
	}
	return s
}

// and joins a list so that its end is seen in a sentence.
func and(list []string) string {
	last := len(list) - 1
	if last < 1 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:last], ", ") + " and " + list[last]
}

func canaryText(who string, soak time.Duration, manual bool) string {
	s := "canary " + who
	if soak > 0 {
		s += ", soak " + short(soak)
	}
	if manual {
		s += ", then you promote"
	}
	return s
}

func inEach(groupBy string, atOnce int) string {
	if groupBy == "" || atOnce == 1 {
		return ""
	}
	return fmt.Sprintf(" in each of %d groups at once", atOnce)
}

func then(onFailure string) string {
	if onFailure == Stop {
		return "ends then"
	}
	return "pauses then"
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
