package bwsim

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// process is one Java process of BroadWorks. assumed: their names beyond the
// published applications, and the command lines.
type process struct {
	app     string
	pid     int
	started time.Time
}

// apps lists what runs on a server of this role; those with a context path are
// web applications inside WebContainer.
func (h *Host) apps() []string {
	if h.opts.Role == AS {
		return []string{"execution", "provisioning", "maintenance"}
	}
	return []string{"OpenClientServer", "WebContainer"}
}

// firstProcesses were started when the machine was, an hour ago.
func (h *Host) firstProcesses() []process {
	booted := time.Now().Add(-time.Hour).Truncate(time.Second)
	var list []process
	for i, app := range h.apps() {
		list = append(list, process{app: app, pid: 2101 + 37*i, started: booted.Add(time.Duration(i) * time.Second)})
	}
	return list
}

// nextProcesses are the processes after a restart of one app, or of all when
// app is "". Start times have whole seconds, so a restart within the same
// second is shown one second later: ps would otherwise not show it.
func (h *Host) nextProcesses(list []process, app string) []process {
	next := slices.Clone(list)
	highest := slices.MaxFunc(list, func(a, b process) int { return a.pid - b.pid }).pid
	for i := range next {
		if app != "" && !strings.EqualFold(app, next[i].app) {
			continue
		}
		now := time.Now().Truncate(time.Second)
		if earliest := next[i].started.Add(time.Second); now.Before(earliest) {
			now = earliest
		}
		highest += 37
		next[i].pid, next[i].started = highest, now
	}
	return next
}

// processes lists what runs now.
func (h *Host) processes() []process {
	if h.stopped() {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.procs)
}

// args is a process's command line as ps shows it.
func (h *Host) args(p process) string {
	return fmt.Sprintf("/usr/local/broadworks/java/bin/java -server -Dbw.app=%s -Dbw.server=%s com.broadsoft.%s",
		p.app, strings.ToLower(string(h.opts.Role)), strings.ToLower(p.app))
}

func (h *Host) hasApp(name string) bool {
	return slices.ContainsFunc(h.apps(), sameFold(name))
}

// restartApp restarts one application. assumed: this does not make the stored
// configuration of interfaces active.
func (h *Host) restartApp(name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.procs = h.nextProcesses(h.procs, name)
}
