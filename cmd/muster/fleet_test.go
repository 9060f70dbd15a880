package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

// stage is the fleet of one script.
type stage struct{ fleet *bwsim.Fleet }

type fleetKey struct{}

// fleetCommand is what scripts call to set up, trouble and question simulated hosts:
//
//	fleet start [as=N] [xsp=N] [adp=N] [dialect=SEED] [restart=DURATION] [login]
//	            two AS and four XSP over fra and muc by default; writes lab/, webex-cti.hcl and cti.vars.hcl into $WORK
//	fleet fault HOST KIND [match=TEXT] [skip=N] [times=N] [after] [text=TEXT] [bytes=N] [delay=DURATION]
//	fleet clear HOST            takes its faults away
//	fleet rekey HOST            gives it another host key
//	fleet record [HOST] [KIND]  prints what happened there, one event a line
//	fleet state HOST            prints the stored and the active configuration
//	fleet files HOST [DIR]      prints its files below DIR
//	fleet put PATH [TEXT]       writes a file on every host
//	fleet maxdown               prints the most hosts down at the same moment, per site
//	fleet order                 prints the hosts in the order in which they began to restart, without their domain
//	fleet touched               likewise, in the order in which they were first changed
//	fleet stop
func fleetCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: fleet start|fault|clear|rekey|record|state|files|put|maxdown|order|touched|stop")
	}
	s := ts.Value(fleetKey{}).(*stage)
	verb, args := args[0], args[1:]
	if verb == "start" {
		s.start(ts, args)
		return
	}
	if s.fleet == nil {
		ts.Fatalf("fleet %s: no fleet was started", verb)
	}
	switch verb {
	case "stop":
		ts.Check(s.fleet.Close())
	case "fault":
		s.fault(ts, args)
	case "clear":
		s.host(ts, args).ClearFaults()
	case "rekey":
		ts.Check(s.host(ts, args).ChangeHostKey())
	case "record":
		s.record(ts, args)
	case "state":
		h := s.host(ts, args)
		fmt.Fprintf(ts.Stdout(), "stored %s\nactive %s\n", shape(h.Stored()), shape(h.Active()))
	case "files":
		dir := "/"
		if len(args) > 1 {
			dir = args[1]
		}
		fmt.Fprintln(ts.Stdout(), strings.Join(s.host(ts, args).Files(dir), "\n")) // at least a line, as in record
	case "put":
		for _, h := range s.fleet.Hosts() {
			ts.Check(h.WriteFile(args[0], []byte(strings.Join(args[1:], " ")+"\n")))
		}
	case "maxdown":
		for site, n := range s.fleet.MaxDown(func(h *bwsim.Host) string { return h.Site() }) {
			fmt.Fprintf(ts.Stdout(), "%s %d\n", site, n)
		}
	case "order":
		fmt.Fprintln(ts.Stdout(), strings.Join(s.hostsOf(func(e bwsim.Event) bool { return e.Kind == bwsim.RestartBegin }), " "))
	case "touched":
		changed := map[string]bool{}
		fmt.Fprintln(ts.Stdout(), strings.Join(s.hostsOf(func(e bwsim.Event) bool {
			first := e.Kind == bwsim.Command && strings.HasPrefix(e.Text, "set ") && !changed[e.Host]
			changed[e.Host] = changed[e.Host] || first
			return first
		}), " "))
	default:
		ts.Fatalf("fleet: unknown command %q", verb)
	}
}

// words reads NAME=VALUE arguments; a word without a value is a switch.
func words(args []string) map[string]string {
	out := map[string]string{}
	for _, a := range args {
		name, value, _ := strings.Cut(a, "=")
		out[name] = value
	}
	return out
}

func number(ts *testscript.TestScript, w map[string]string, name string, missing int) int {
	text, ok := w[name]
	if !ok {
		return missing
	}
	n, err := strconv.Atoi(text)
	ts.Check(err)
	return n
}

func span(ts *testscript.TestScript, w map[string]string, name string) time.Duration {
	if w[name] == "" {
		return 0
	}
	d, err := time.ParseDuration(w[name])
	ts.Check(err)
	return d
}

func (s *stage) start(ts *testscript.TestScript, args []string) {
	w := words(args)
	o := bwsim.Options{
		ASCount: number(ts, w, "as", 2), XSPCount: number(ts, w, "xsp", 4), ADPCount: number(ts, w, "adp", 0),
		Sites: []string{"fra", "muc"}, Dialect: uint64(number(ts, w, "dialect", 0)), RestartTime: span(ts, w, "restart"),
	}
	if _, ok := w["login"]; ok {
		o.Profile.Login = bwsim.LoginRequired
	}
	f, err := bwsim.Start(context.Background(), o)
	ts.Check(err)
	s.fleet = f
	ts.Defer(func() { ts.Check(f.Close()) })
	lab := ts.MkAbs("lab")
	ts.Check(bwsim.WriteLab(lab, f))
	playbook, err := os.ReadFile(filepath.Join(ts.Getenv("REPO"), "playbooks", "webex-cti.hcl"))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("webex-cti.hcl"), playbook, 0o644))
	ts.Check(os.WriteFile(ts.MkAbs("cti.vars.hcl"), []byte(fmt.Sprintf(
		"chain_file = %q\ncert_dir = %q\nclient_cert = %q\nclient_key = %q\n",
		lab+"/CombinedCertChain2023.txt", lab+"/certs", lab+"/client.crt", lab+"/client.key")), 0o644))
}

func (s *stage) host(ts *testscript.TestScript, args []string) *bwsim.Host {
	if len(args) == 0 {
		ts.Fatalf("fleet: name a host")
	}
	if h := s.fleet.Host(args[0]); h != nil {
		return h
	}
	var names []string
	for _, h := range s.fleet.Hosts() {
		names = append(names, h.Name())
	}
	ts.Fatalf("fleet: no host %q among %s", args[0], strings.Join(names, " "))
	return nil
}

var faults = map[string]bwsim.FaultKind{
	"drop": bwsim.Drop, "hang": bwsim.Hang, "refuse": bwsim.Refuse, "disk-full": bwsim.DiskFull, "restart-stuck": bwsim.RestartStuck,
	"restart-ignored": bwsim.RestartIgnored, "slow-start": bwsim.SlowStart, "unreachable": bwsim.Unreachable,
	"auth-refused": bwsim.AuthRefused, "cut-upload": bwsim.CutUpload,
}

func (s *stage) fault(ts *testscript.TestScript, args []string) {
	h := s.host(ts, args)
	if len(args) < 2 || faults[args[1]] == 0 {
		ts.Fatalf("fleet fault HOST KIND: unknown kind in %q", args)
	}
	w := words(args[2:])
	_, after := w["after"]
	h.Fault(bwsim.Fault{
		Kind: faults[args[1]], Match: w["match"], Skip: number(ts, w, "skip", 0), Times: number(ts, w, "times", 0),
		AfterEffect: after, Text: w["text"], Bytes: int64(number(ts, w, "bytes", 0)), Delay: span(ts, w, "delay"),
	})
}

func (s *stage) record(ts *testscript.TestScript, args []string) {
	fmt.Fprintln(ts.Stdout()) // or stdout would still be that of the command before
	for _, e := range s.fleet.Record() {
		if (len(args) > 0 && args[0] != "" && e.Host != args[0]) || (len(args) > 1 && string(e.Kind) != args[1]) {
			continue
		}
		fmt.Fprintf(ts.Stdout(), "%s %s %s %s%s\n", e.Host, e.Kind, e.Context, e.Text, e.Path)
	}
}

// hostsOf is the hosts of the events that a function picks, in order and without their domain.
func (s *stage) hostsOf(pick func(bwsim.Event) bool) (hosts []string) {
	for _, e := range s.fleet.Record() {
		if pick(e) {
			hosts = append(hosts, strings.TrimSuffix(e.Host, ".example.net"))
		}
	}
	return hosts
}

// shape writes a configuration in one line.
func shape(c bwsim.Config) string {
	var b strings.Builder
	fmt.Fprintf(&b, "identities=%v allowClientApp=%t trusts=[", c.ClientIdentities, c.AllowClientApp)
	for i, t := range c.CTITrusts {
		if i > 0 {
			b.WriteString(" ")
		}
		b.WriteString(t.Alias)
	}
	b.WriteString("]")
	for _, i := range c.CTI {
		fmt.Fprintf(&b, " cti=%s:%d secure=%t clientAuth=%t protocols=%v ciphers=%v selfSigned=%t",
			i.IP, i.Port, i.Secure, i.ClientAuthReq, i.Protocols, i.Ciphers, i.Certificate.SelfSigned)
	}
	return b.String()
}
