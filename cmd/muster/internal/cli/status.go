package cli

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/muster-run/muster/cmd/muster/internal/view"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/journal"
)

func (a *app) status() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status [RUN]",
		Short: "Say how a run stands, and what to type next.",
		Long:  "Say how a run stands, from its record: it need not be running.",
		Example: `muster status                             the newest run of this directory
muster status 43 --json`,
		Args:        tooMany(1),
		Annotations: map[string]string{exits: exitsStatic},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as one JSON object")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		rs, err := a.records()
		if err != nil {
			return err
		}
		run, err := a.chosen(rs, args)
		if err != nil {
			return err
		}
		s, err := rs.standing(run)
		if err != nil {
			return err
		}
		if asJSON {
			return json.NewEncoder(a.Out).Encode(s)
		}
		a.standing(s)
		return nil
	}
	return cmd
}

// standing is how a run stands.
type standing struct {
	Format  string                    `json:"format"`
	Run     int                       `json:"run"`
	State   string                    `json:"state"` // running, ending, paused, waiting, ended, interrupted, aborted, died
	Why     string                    `json:"why,omitempty"`
	Command string                    `json:"command"`
	Process journal.Process           `json:"process"`
	Began   time.Time                 `json:"began"`
	Last    time.Time                 `json:"last"`
	Exit    *int                      `json:"exit_code,omitempty"`
	Hosts   map[event.Status][]string `json:"hosts"`
	Left    []string                  `json:"hosts_left,omitempty"` // of a process that lives: under way, or their turn comes
	Total   int                       `json:"hosts_total"`
	Waves   int                       `json:"waves_begun"`
	Wave    string                    `json:"wave,omitempty"` // the last that began
	InWave  []string                  `json:"wave_hosts,omitempty"`
	LeftOut []string                  `json:"left_out,omitempty"` // and not done
	Down    []string                  `json:"down,omitempty"`
	Running []string                  `json:"running,omitempty"` // nodes
	Owed    []string                  `json:"owed,omitempty"`
	Next    string                    `json:"next,omitempty"`
}

// standing reads how a run stands.
func (rs *records) standing(run int) (*standing, error) {
	st, err := rs.store.Read(run)
	if err != nil {
		return nil, unreadable(run, err)
	}
	told, err := rs.retell(run)
	if err != nil {
		return nil, err
	}
	_, alive := rs.store.Running(run)
	s := &standing{Format: view.JSONFormat, Run: run, Command: typed(st.Begin.Command), Began: st.Began, Last: st.Last, Total: len(told.run.Hosts), Owed: owed(st)}
	if n := len(st.Processes); n > 0 {
		s.Process = st.Processes[n-1]
	}
	if st.Finish != nil {
		s.Exit = &st.Finish.ExitCode
	}
	s.Hosts = told.end().Hosts
	s.course(told.course)
	if alive {
		for node := range told.running {
			s.Running = append(s.Running, node.String())
		}
		slices.Sort(s.Running)
		if told.summary == nil {
			s.Hosts, s.Left = left(told, st)
		}
	}
	if !alive || st.Finish != nil && st.Finish.Paused {
		s.ended(st, told.summary, alive)
		if told.summary != nil {
			s.LeftOut = told.summary.LeftOut
		}
	}
	s.next()
	return s, nil
}

// course goes through what happened, up to how it stands.
func (s *standing) course(events []event.Event) {
	s.State = "running"
	for _, e := range events {
		switch e.Type {
		case event.RunStarted: // resumed: what kept the process before it is no reason any more
			s.State, s.Why, s.Down = "running", "", nil
		case event.RolloutWave:
			s.Waves, s.Wave, s.InWave = s.Waves+1, e.Text, e.Hosts
		case event.RolloutSoaks:
			s.Why = fmt.Sprintf("%s, until %s", e.Text, e.Due.Local().Format("15:04:05"))
		case event.RolloutWaits:
			s.State, s.Why = "waiting", e.Text
		case event.Promoted, event.Continued:
			s.State, s.Why = "running", ""
		case event.Paused:
			s.State, s.Why = "paused", e.Text
		case event.Interrupted:
			s.State, s.Why = "ending", e.Text
		case event.RolloutStopped:
			s.Why = e.Text
		case event.HostDown:
			s.Down = append(s.Down, e.Node.Host)
		case event.HostUp:
			s.Down = slices.DeleteFunc(s.Down, func(h string) bool { return h == e.Node.Host })
		}
	}
}

// ended says how a process left the run.
func (s *standing) ended(st *journal.State, summary *event.Summary, alive bool) {
	s.Why, _, _ = strings.Cut(s.Why, " what runs may end") // it has
	s.Why = strings.TrimRight(s.Why, ":;,")
	switch {
	case st.Aborted:
		s.State = "aborted"
	case st.Finish == nil:
		s.State, s.Why = "died", "its process ended without saying how; what was sent and not answered is read again by resume"
	case alive: // it asks somebody
		s.State = "paused"
	case summary != nil && len(summary.WaitsForPromotion) > 0 && st.Finish.ExitCode == exitPromotion:
		s.State = "waiting"
	case summary != nil && summary.Interrupted:
		s.State, s.Why = "interrupted", ""
	default:
		s.State = "ended"
		if st.Finish.ExitCode == exitOK {
			s.Why = ""
		}
		if st.Finish.Text != "" {
			s.Why = st.Finish.Text
		}
	}
}

func (s *standing) next() {
	switch {
	case s.State == "running":
		s.Next = fmt.Sprintf("muster pause %d    or: muster abort %[1]d", s.Run)
	case s.State == "ending":
		s.Next = fmt.Sprintf("muster status %d    until it has ended; more Ctrl-C where it runs abandon what is under way", s.Run)
	case s.State == "waiting":
		s.Next = fmt.Sprintf("muster promote %d    or: muster abort %[1]d", s.Run)
	case s.State == "ended" && s.Exit != nil && *s.Exit == exitOK && len(s.LeftOut) > 0:
		s.Next = fmt.Sprintf("muster resume %d     does the hosts that were left out", s.Run)
	case s.State == "aborted", s.State == "ended" && s.Exit != nil && *s.Exit == exitOK:
		s.Next = fmt.Sprintf("muster show %d", s.Run)
	default:
		s.Next = fmt.Sprintf("muster resume %d    or: muster abort %[1]d", s.Run)
	}
}

var stands = map[string]string{
	"running": "is running", "ending": "is ending", "paused": "is paused", "waiting": "waits for promotion", "ended": "has ended", "interrupted": "was interrupted",
	"aborted": "was aborted", "died": "died",
}

func (a *app) standing(s *standing) {
	text := stands[s.State]
	if s.Exit != nil && s.State != "running" && s.State != "ending" {
		text += fmt.Sprintf(" (exit %d)", *s.Exit)
	}
	fmt.Fprintf(a.Out, "Run %d %s: %s\n\n", s.Run, text, s.Command)
	row := func(name, text string) {
		if text != "" {
			fmt.Fprintf(a.Out, " %-12s %s\n", name, text)
		}
	}
	row("began", s.Began.Local().Format("2006-01-02 15:04:05"))
	row("process", process(&s.Process))
	row("why", s.Why)
	row("hosts", s.hosts())
	if s.Waves > 0 {
		row("waves", fmt.Sprintf("%d begun; the last: %s", s.Waves, view.Wave(s.Wave, s.InWave, 60)))
	}
	row("left out", view.Hosts(s.LeftOut, 70))
	row("down", view.Hosts(s.Down, 70))
	for _, class := range []event.Status{event.Failed, event.Unknown, event.Unreachable} {
		row(string(class), view.Hosts(s.Hosts[class], 70))
	}
	if n := len(s.Running); n > 0 {
		row("under way", fmt.Sprintf("%s: %s", plural(n, "task"), diag.List(s.Running)))
	}
	row("owed", strings.Join(s.Owed, "; "))
	row("next", s.Next)
}

// hosts says how many hosts are how.
func (s *standing) hosts() string {
	text := view.Classes(s.Hosts)
	if n := len(s.Left); n > 0 {
		text = strings.TrimPrefix(text+fmt.Sprintf(", %d under way or waiting for their turn", n), ", ")
	}
	return text + fmt.Sprintf(" of %d", s.Total)
}

// left parts the hosts of a run under way from those on which something still runs, or will: these are not done yet, and it
// cannot be said of them that they were not run.
func left(told *retold, st *journal.State) (hosts map[event.Status][]string, left []string) {
	notified := map[string]bool{}
	for name, n := range st.Nodes {
		if host, _, found := strings.Cut(name, ": "); found && n.Notified {
			notified[host] = true
		}
	}
	hosts, classes := map[event.Status][]string{}, told.classes()
	for _, h := range told.run.Hosts {
		class := classes[h]
		if class == event.NotRun || notified[h] && (class == event.OK || class == event.Changed) {
			left = append(left, h)
			continue
		}
		hosts[class] = append(hosts[class], h)
	}
	return hosts, left
}

// owed is the handlers that were notified and have not run, each with its hosts.
func owed(st *journal.State) []string {
	hosts := map[string][]string{}
	for name, n := range st.Nodes {
		host, what, found := strings.Cut(name, ": ")
		if found && n.Notified {
			hosts[what] = append(hosts[what], host)
		}
	}
	var out []string
	for what, on := range hosts {
		slices.Sort(on)
		out = append(out, fmt.Sprintf("%s on %s", what, view.Hosts(on, 60)))
	}
	slices.Sort(out)
	return out
}
