package oddserver

import (
	"fmt"
	"strings"
	"time"
)

// process is a row of ps.
type process struct {
	pid, user, args string
	since           time.Time
}

func (h *host) processes() []process {
	h.mu.Lock()
	defer h.mu.Unlock()
	boot := time.Now().Add(-900 * time.Hour)
	all := []process{{"1", "root", "/usr/lib/systemd/systemd --system", boot}, {"812", "root", "/usr/sbin/sshd -D", boot},
		{"1440", "bwadmin", "/usr/local/broadworks/bw_base/bin/swManager", boot}}
	if !h.booting || h.q.SameTime {
		pid := 20000 + 50*h.restarts
		if h.q.SameTime {
			pid = 20000
		}
		for i, app := range []string{"OpenClientServer", "WebContainer", "Maintenance"} {
			all = append(all, process{fmt.Sprint(pid + i), "bwadmin", "/usr/local/java/bin/java -Xmx1024m -Dapp.name=" + app + " com.broadsoft.Main", h.started})
		}
	}
	now := time.Now()
	return append(all, process{"31000", "bwadmin", "sshd: bwadmin@notty", now}, process{"31001", "bwadmin", "bash -c ps", now}, process{"31002", "bwadmin", "ps", now})
}

// ps prints the columns asked for with -o, as procps does, or those of -f.
func (h *host) ps(c client, args []string) int {
	columns, heads := []string{"user", "pid", "stime", "args"}, true
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case (a == "-o" || a == "-eo" || a == "-Ao" || a == "axo" || a == "-axo" || a == "o") && i+1 < len(args):
			if strings.HasSuffix(a, "o") && i+1 < len(args) {
				if columns[0] == "user" && len(columns) == 4 {
					columns, heads = nil, false
				}
				for _, col := range strings.Split(args[i+1], ",") {
					name, title, titled := strings.Cut(col, "=")
					heads = heads || !titled || title != ""
					columns = append(columns, strings.TrimSpace(name))
				}
				i++
			}
		}
	}
	known := "user pid ppid stime args cmd command comm etime"
	if !h.q.NoLstart {
		known += " lstart etimes start"
	}
	for _, col := range columns {
		if !strings.Contains(" "+known+" ", " "+col+" ") {
			c.say("error: unknown user-defined format specifier \"%s\"\n\nUsage:\n ps [options]\n", col)
			return 1
		}
	}
	if heads {
		c.say("%s\n", strings.ToUpper(strings.Join(columns, " ")))
	}
	for _, p := range h.processes() {
		var cells []string
		for _, col := range columns {
			cells = append(cells, p.cell(col))
		}
		c.say("%s\n", strings.Join(cells, " "))
	}
	return 0
}

func (p process) cell(column string) string {
	age := time.Since(p.since).Round(time.Second)
	switch column {
	case "user":
		return p.user
	case "pid":
		return fmt.Sprintf("%7s", p.pid)
	case "ppid":
		return "      1"
	case "lstart":
		return p.since.Format("Mon Jan _2 15:04:05 2006")
	case "etimes":
		return fmt.Sprintf("%7d", int(age.Seconds()))
	case "etime":
		h, m, s := int(age.Hours()), int(age.Minutes())%60, int(age.Seconds())%60
		if h >= 24 {
			return fmt.Sprintf("%d-%02d:%02d:%02d", h/24, h%24, m, s)
		}
		return fmt.Sprintf("%02d:%02d:%02d", h, m, s)
	case "stime", "start":
		if age > 24*time.Hour {
			return p.since.Format("Jan02")
		}
		return p.since.Format("15:04")
	case "comm":
		first, _, _ := strings.Cut(p.args, " ")
		return first[strings.LastIndexByte(first, '/')+1:]
	}
	return p.args
}
