package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

// flags are what the command line can say.
type flags struct {
	fleet bwsim.Options
	dir   string
	login bool
}

func parse(args []string, stderr io.Writer) (flags, error) {
	var f flags
	set := flag.NewFlagSet("bwsim", flag.ContinueOnError)
	set.SetOutput(stderr)
	set.IntVar(&f.fleet.ASCount, "as", 2, "number of application servers")
	set.IntVar(&f.fleet.XSPCount, "xsp", 6, "number of XSPs")
	set.IntVar(&f.fleet.ADPCount, "adp", 0, "number of ADPs")
	sites := set.String("sites", "fra,muc", "sites, separated by commas; the hosts are spread over them")
	set.Uint64Var(&f.fleet.Dialect, "seed", 0, "dialect of the servers; 0 speaks as published")
	set.IntVar(&f.fleet.Port, "port", 2222, "SSH port, on every host's own address")
	set.IntVar(&f.fleet.HTTPSPort, "https-port", 8443, "port of the HTTP interfaces in the inventory; 443 may need root")
	set.DurationVar(&f.fleet.RestartTime, "restart-time", 0, "how long restartbw keeps a server down")
	set.DurationVar(&f.fleet.Profile.StartDelay, "start-delay", 0, "how long bwcli takes to start")
	set.BoolVar(&f.login, "login", false, "application servers demand the bwcli login")
	set.StringVar(&f.dir, "dir", "lab", "folder to write the lab into")
	if err := set.Parse(args); err != nil {
		return f, err
	}
	if set.NArg() > 0 {
		return f, fmt.Errorf("unexpected argument %q; bwsim takes flags only, see bwsim -h", set.Arg(0))
	}
	f.fleet.Sites = strings.FieldsFunc(*sites, func(r rune) bool { return r == ',' || r == ' ' })
	if f.login {
		f.fleet.Profile.Login = bwsim.LoginRequired
	}
	return f, check(f.fleet)
}

// check refuses what would start a fleet that nobody meant.
func check(o bwsim.Options) error {
	switch {
	case o.ASCount < 0 || o.XSPCount < 0 || o.ADPCount < 0:
		return errors.New("a number of servers is negative")
	case o.ASCount+o.XSPCount+o.ADPCount == 0:
		return errors.New("no servers: give at least one of -as, -xsp and -adp")
	case len(o.Sites) == 0:
		return errors.New("no sites: give -sites a name")
	case o.Port < 1 || o.Port > 65535:
		return fmt.Errorf("port %d: want 1 to 65535", o.Port)
	case o.HTTPSPort < 1 || o.HTTPSPort > 65535:
		return fmt.Errorf("https-port %d: want 1 to 65535", o.HTTPSPort)
	}
	return nil
}

// run gives the exit code: 0 after a signal, 1 when the fleet cannot start, 2
// for a wrong command line.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	f, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, "bwsim:", err)
		return 2
	}
	fleet, err := bwsim.Start(ctx, f.fleet)
	if err != nil {
		fmt.Fprintln(stderr, "bwsim:", err)
		return 1
	}
	defer fleet.Close()
	if err := bwsim.WriteLab(f.dir, fleet); err != nil {
		fmt.Fprintln(stderr, "bwsim:", err)
		return 1
	}
	greet(stdout, f.dir, fleet)
	<-ctx.Done()
	fmt.Fprintln(stdout, "bwsim: stopped")
	return 0
}

// greet says what runs and what to type next.
func greet(w io.Writer, dir string, fleet *bwsim.Fleet) {
	for _, h := range fleet.Hosts() {
		fmt.Fprintf(w, "%-28s %-4s %-8s %s\n", h.Name(), h.Role(), h.Release(), h.SSHAddr())
	}
	first := fleet.Hosts()[0]
	fmt.Fprintf(w, "\n%d servers run until Ctrl-C; the lab is in %s.\n\nNext, in another terminal:\n", len(fleet.Hosts()), dir)
	fmt.Fprintf(w, "  muster plan -i %[1]s/inventory.hcl playbooks/webex-cti.hcl --var chain_file=%[1]s/CombinedCertChain2023.txt --var cert_dir=%[1]s/certs\n", dir)
	fmt.Fprintf(w, "  ssh -i %[1]s/id_ed25519 -o UserKnownHostsFile=%[1]s/known_hosts -p %[2]s bwadmin@%[3]s\n",
		dir, first.SSHAddr()[strings.LastIndex(first.SSHAddr(), ":")+1:], first.Addr())
}
