package cli

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

// demoPlaybook is playbooks/webex-cti.hcl; a test holds that they are equal, `make generate` copies it.
//
//go:generate cp ../../../../playbooks/webex-cti.hcl demo/webex-cti.hcl
//go:embed demo/webex-cti.hcl
var demoPlaybook []byte

// demoPort is where the CTI interfaces listen, as the playbook says.
const demoPort = 8012

func (a *app) demo() *cobra.Command {
	var keep bool
	var servers int
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Configure a simulated fleet and prove the result.",
		Long:  "Configure a simulated fleet on this machine, prove the result, leave nothing.",
		Example: `muster demo
muster demo --keep        leave the fleet running, to try commands on`,
		Args:        tooMany(0),
		Annotations: map[string]string{exits: "0 all of it held  1 it did not"},
	}
	cmd.Flags().BoolVar(&keep, "keep", false, "keep the fleet running until Ctrl-C")
	cmd.Flags().IntVar(&servers, "hosts", 6, "how many XSP and ADP servers, `N` from 2 to 60")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if servers < 2 || servers > 60 {
			return problem(diag.Diagnostic{Code: diag.BadFlag, Summary: fmt.Sprintf("--hosts does not take %d", servers),
				Advice: "It takes a number from 2 to 60."})
		}
		// Ctrl-C ends what runs, and what was started and written here goes with it.
		ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
		defer stop()
		d := &demo{app: a, servers: servers, keep: keep}
		defer d.close()
		return d.run(ctx)
	}
	return cmd
}

// demo is one demonstration under way.
type demo struct {
	*app
	servers int
	keep    bool
	fleet   *bwsim.Fleet
	dir     string
	flags   runFlags
}

// run is the demonstration as a list that can be read.
func (d *demo) run(ctx context.Context) error {
	begin := time.Now()
	for _, step := range []struct {
		title string
		do    func(context.Context) error
	}{
		{"A fleet of simulated BroadWorks servers, each on its own loopback address, with real SSH and TLS", d.start},
		{"The playbook: Cisco's procedure \"CTI interface with mTLS\" as it is written for muster", d.playbook},
		{"What would change? Reading only", d.plan},
		{"Apply: servers restart site by site, one at a time, each proved healthy before the next", d.apply},
		{"Proof by TLS handshakes of this program's own, apart from any module", d.prove},
		{"Once more: nothing is left to do", d.again},
	} {
		fmt.Fprintf(d.Out, "\n\x1b[1m== %s\x1b[0m\n\n", step.title)
		if err := step.do(ctx); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return code(exitInterrupted)
		}
	}
	if d.keep {
		d.hand(ctx)
		return nil
	}
	fmt.Fprintf(d.Out, "\nAll of it held, in %.0f seconds. Nothing is left on this machine.\n", time.Since(begin).Seconds())
	fmt.Fprintln(d.Out, "Next: muster demo --keep, and read playbooks/webex-cti.hcl")
	return nil
}

func (d *demo) start(ctx context.Context) error {
	adps := d.servers / 3
	fleet, err := bwsim.Start(ctx, bwsim.Options{
		ASCount: 2, XSPCount: d.servers - adps, ADPCount: adps, Sites: []string{"fra", "muc"}, RestartTime: 2 * time.Second,
	})
	if err != nil {
		return fmt.Errorf("the simulated fleet does not start: %w", err)
	}
	d.fleet = fleet
	if d.dir, err = os.MkdirTemp("", "muster-demo-"); err != nil {
		return err
	}
	if err := bwsim.WriteLab(d.dir, fleet); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(d.dir, "webex-cti.hcl"), demoPlaybook, 0o644); err != nil {
		return err
	}
	for _, h := range fleet.Hosts() {
		fmt.Fprintf(d.Out, "  %-24s %-4s %-8s site %-4s ssh %s\n", h.Name(), h.Role(), h.Release(), h.Site(), h.SSHAddr())
	}
	file := func(name string) string { return filepath.Join(d.dir, name) }
	d.flags = runFlags{
		inventories: []string{file("inventory.hcl")},
		progress:    "plain",
		forks:       defaultForks,
		vars: []string{
			"chain_file=" + file("CombinedCertChain2023.txt"), "cert_dir=" + file("certs"),
			"client_cert=" + file("client.crt"), "client_key=" + file("client.key"),
		},
	}
	return nil
}

// playbook shows the part that does the work; variables stand above it in the file.
func (d *demo) playbook(context.Context) error {
	_, plays, _ := bytes.Cut(demoPlaybook, []byte("\nplay "))
	for line := range strings.Lines("play " + string(plays)) {
		fmt.Fprint(d.Out, "  "+line)
	}
	return nil
}

func (d *demo) plan(ctx context.Context) error {
	_, err := d.muster(ctx, event.Plan)
	return err
}

func (d *demo) apply(ctx context.Context) error {
	if _, err := d.muster(ctx, event.Apply); err != nil {
		return err
	}
	down := d.fleet.MaxDown(func(h *bwsim.Host) string {
		if h.Role() == bwsim.AS {
			return ""
		}
		return h.Site()
	})
	fmt.Fprintf(d.Out, "\nThe fleet's own record: at most %d server of fra and %d of muc were down at the same moment.\n", down["fra"], down["muc"])
	return nil
}

func (d *demo) again(ctx context.Context) error {
	s, err := d.muster(ctx, event.Apply)
	if err != nil {
		return err
	}
	if n := s.Nodes[event.Changed] + s.Restarts; n > 0 {
		return fmt.Errorf("the second run changed or restarted %d things, and should have found nothing to do", n)
	}
	return nil
}

// muster runs the playbook as a user would type it.
func (d *demo) muster(ctx context.Context, mode event.Mode) (*event.Summary, error) {
	command := d.applyCommand(&d.flags, filepath.Join(d.dir, "webex-cti.hcl"))
	if mode == event.Plan {
		command = strings.Replace(command, "apply", "plan", 1)
	} else {
		command += " --yes"
	}
	fmt.Fprintf(d.Out, "$ %s\n\n", strings.ReplaceAll(command, d.dir, "$LAB"))
	s, err := d.ready(ctx, &d.flags, filepath.Join(d.dir, "webex-cti.hcl"), "")
	if err != nil {
		return nil, err
	}
	defer s.close()
	summary, c, err := d.execute(ctx, s, mode)
	if err != nil {
		return nil, err
	}
	if c != exitOK {
		return nil, code(c)
	}
	return summary, nil
}

// hand leaves the fleet to the user until Ctrl-C.
func (d *demo) hand(ctx context.Context) {
	fmt.Fprint(d.Out, "\n\x1b[1m== The fleet is yours\x1b[0m\n\n")
	command := d.applyCommand(&d.flags, filepath.Join(d.dir, "webex-cti.hcl"))
	fmt.Fprintf(d.Out, "  %s\n  %s\n", strings.Replace(command, "apply", "plan", 1), command)
	fmt.Fprintf(d.Out, "  muster inventory list -i %s\n", d.flags.inventories[0])
	h := d.fleet.Hosts()[len(d.fleet.Hosts())-1]
	fmt.Fprintf(d.Out, "  ssh -t -i %[1]s/id_ed25519 -o UserKnownHostsFile=%[1]s/known_hosts -p %[2]s bwadmin@%[3]s    then: bwcli\n",
		d.dir, strings.TrimPrefix(h.SSHAddr(), h.Addr().String()+":"), h.Addr())
	fmt.Fprintln(d.Out, "\nThe fleet runs until Ctrl-C.")
	<-ctx.Done()
}

func (d *demo) close() {
	if d.fleet != nil {
		_ = d.fleet.Close()
	}
	if d.dir != "" {
		_ = os.RemoveAll(d.dir)
	}
}
