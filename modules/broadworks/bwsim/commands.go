package bwsim

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/shell"
	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/tty"
)

// commands are what a BroadWorks server adds to the shell.
func (s *session) commands() map[string]shell.Command {
	all := map[string]shell.Command{
		"bwcli":     s.bwcli,
		"restartbw": s.privileged(s.restartbw),
		"stopbw":    s.privileged(s.stopbw),
		"startbw":   s.privileged(s.startbw),
		"healthmon": s.host.healthmon,
		"showrun":   s.host.showrun,
		"bwshowver": s.host.bwshowver,
		"ps":        s.host.ps,
	}
	maps.Copy(all, s.host.clockCommands())
	return all
}

// privileged keeps a command from accounts that may neither start nor stop.
// assumed: the wording and the status of the refusal.
func (s *session) privileged(command shell.Command) shell.Command {
	if s.host.opts.Profile.Account == Works {
		return command
	}
	return func(_ context.Context, p *shell.Proc) int {
		fmt.Fprintf(p.Err, "%s: %s\n", p.Name, s.host.dialect.reason(noPrivilege))
		return 1
	}
}

// restartbw restarts the server, or one application of it. assumed: everything
// it prints, its exit status, whether it asks, and whether it waits.
func (s *session) restartbw(ctx context.Context, p *shell.Proc) int {
	h, d := s.host, s.host.dialect
	if len(p.Args) > 0 {
		return s.restartOne(p)
	}
	if d.restartAsks && !s.agreed("This will restart BroadWorks on this server. Continue (y/n)? ") {
		fmt.Fprintln(p.Out, "Aborted.")
		return 1
	}
	done, err := h.restart()
	if err != nil {
		fmt.Fprintf(p.Err, "restartbw: %v\n", err)
		return 1
	}
	fmt.Fprint(p.Out, d.restartTalk[0])
	if d.restartBlocks {
		select {
		case <-done:
		case <-ctx.Done():
			return 130
		}
	}
	fmt.Fprint(p.Out, d.restartTalk[1])
	return 0
}

func (s *session) restartOne(p *shell.Proc) int {
	h, app := s.host, p.Args[0]
	switch {
	case len(p.Args) > 1 || !h.hasApp(app):
		fmt.Fprintf(p.Err, "%s: unknown application %s\n", p.Name, strings.Join(p.Args, " "))
		return 1
	case h.stopped():
		fmt.Fprintln(p.Err, h.dialect.downText)
		return 1
	}
	h.restartApp(app)
	fmt.Fprintf(p.Out, "Stopping %s...\nStarting %s...\n", app, app)
	return 0
}

// agreed asks a yes or no question on the terminal; no answer is no.
func (s *session) agreed(question string) bool {
	answer, err := s.term.ReadLine(question, tty.Cooked)
	answer = strings.ToLower(strings.TrimSpace(answer))
	return err == nil && (answer == "y" || answer == "yes")
}

// stopbw stops the server. assumed: what it prints.
func (s *session) stopbw(_ context.Context, p *shell.Proc) int {
	if len(p.Args) > 0 {
		return s.oneApp(p, "Stopping")
	}
	fmt.Fprintln(p.Out, "Stopping BroadWorks...")
	s.host.stop()
	return 0
}

// startbw starts the server; "Starting NAME..." is published.
func (s *session) startbw(_ context.Context, p *shell.Proc) int {
	if len(p.Args) > 0 {
		return s.oneApp(p, "Starting")
	}
	if !s.host.start() {
		fmt.Fprintln(p.Out, "BroadWorks is already running.")
		return 0
	}
	fmt.Fprintln(p.Out, "Starting BroadWorks...")
	return 0
}

// oneApp stops or starts one application. assumed: a stopped application has
// no effect that can be seen here; starting it gives it a new process.
func (s *session) oneApp(p *shell.Proc, verb string) int {
	if len(p.Args) > 1 || !s.host.hasApp(p.Args[0]) {
		fmt.Fprintf(p.Err, "%s: unknown application %s\n", p.Name, strings.Join(p.Args, " "))
		return 1
	}
	if verb == "Starting" {
		s.host.restartApp(p.Args[0])
	}
	fmt.Fprintf(p.Out, "%s %s...\n", verb, p.Args[0])
	return 0
}

// ps lists the processes of BroadWorks; only "ps -eo pid,lstart,args" is known.
func (h *Host) ps(_ context.Context, p *shell.Proc) int {
	columns := strings.Join(p.Args, " ")
	if columns != "-eo pid,lstart,args" && columns != "-e -o pid,lstart,args" {
		fmt.Fprintln(p.Err, "error: unsupported option (only -eo pid,lstart,args)")
		return 1
	}
	fmt.Fprintln(p.Out, "    PID                  STARTED COMMAND")
	fmt.Fprintln(p.Out, "      1 Mon Nov  2 04:00:01 2026 /usr/lib/systemd/systemd --switched-root --system")
	for _, proc := range h.processes() {
		fmt.Fprintf(p.Out, "%7d %s %s\n", proc.pid, proc.started.UTC().Format("Mon Jan _2 15:04:05 2006"), h.args(proc))
	}
	return 0
}
