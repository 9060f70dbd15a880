package bwsim

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/shell"
)

// serverType is how the health report names the role. assumed: the XSP's.
func (h *Host) serverType() string {
	return map[Role]string{AS: "AppServer", XSP: "XtendedServicesPlatform", ADP: "ApplicationDeliveryPlatform"}[h.opts.Role]
}

// healthmon prints the published report while the server runs, else the
// dialect's. assumed: every word of the report when something is wrong.
func (h *Host) healthmon(_ context.Context, p *shell.Proc) int {
	if len(p.Args) != 1 || p.Args[0] != "-l" {
		fmt.Fprintln(p.Err, "usage: healthmon -l")
		return 1
	}
	severity, findings, status := "NOTIFICATION", "No abnormal condition detected.", 0
	if h.stopped() {
		bad := h.dialect.health
		severity, findings, status = bad.severity, bad.lines, bad.status
	}
	name, _, _ := strings.Cut(h.Name(), ".")
	rule := strings.Repeat("-", 32)
	fmt.Fprintf(p.Out, "%s\nSystem Health Report Page\n", rule)
	fmt.Fprintf(p.Out, "   BroadWorks Server Name: %s\n", name)
	fmt.Fprintf(p.Out, "   Date and time         : %s\n", time.Now().UTC().Format("Mon Jan _2 15:04:05 GMT 2006"))
	fmt.Fprintf(p.Out, "   Report severity       : %s\n", severity)
	fmt.Fprintf(p.Out, "   Server type           : %s\n", h.serverType())
	fmt.Fprintf(p.Out, "   Server state          : Unlock\n%s\n\n%s\n\n%s\n", rule, findings, rule)
	return status
}

// showrun lists what runs. assumed: its layout.
func (h *Host) showrun(_ context.Context, p *shell.Proc) int {
	fmt.Fprintln(p.Out, "Currently running BroadWorks applications:")
	for _, proc := range h.processes() {
		fmt.Fprintf(p.Out, "  %s (pid %d)\n", proc.app, proc.pid)
	}
	return 0
}

// version is the release as bwshowver prints it.
func (h *Host) version() string {
	if v, ok := versions[h.opts.Release]; ok {
		return v
	}
	return "Rel_" + h.opts.Release + "_1.273"
}

// shortVersion is the release as qversions and web applications have it.
func (h *Host) shortVersion() string { return strings.TrimPrefix(h.version(), "Rel_") }

// webApps are deployed at first on every XSP and ADP, with their context paths.
var webApps = [][2]string{
	{"CommPilot", "/"},
	{"Xsi-Actions", "/com.broadsoft.xsi-actions"},
	{"Xsi-Events", "/com.broadsoft.xsi-events"},
	{"BroadworksDms", "/dms"},
}

// bwshowver always works. assumed: that an XSP prints what an ADP does.
func (h *Host) bwshowver(_ context.Context, p *shell.Proc) int {
	fmt.Fprintf(p.Out, "%s version %s\n\n", h.opts.Role, h.version())
	if h.opts.Role == AS {
		fmt.Fprintf(p.Out, "Built  Sat Jun  6 00:26:50 EDT 2020\n- BASE revision 909962\n- AS revision 909962\n\n")
		fmt.Fprintf(p.Out, "Patching Info:\n  Active Patches: 701\n")
		return 0
	}
	fmt.Fprintln(p.Out, "Applications Info:")
	for _, app := range h.apps() {
		fmt.Fprintf(p.Out, "- %s version %s\n", app, h.shortVersion())
	}
	for _, app := range h.Active().Applications {
		if app.State == AppDeployed {
			// published in lower case, though the guide demands /authService
			fmt.Fprintf(p.Out, "- %s version %s context path %s\n", app.Name, app.Version, strings.ToLower(app.Path))
		}
	}
	return 0
}
