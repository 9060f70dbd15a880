package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

// The fleet of BenchmarkCTI.
const (
	benchAS  = 10
	benchXSP = 90
)

// BenchmarkCTI is the playbook for Webex CTI on a hundred simulated hosts that restart at once, and beside it the bare
// loop that types the same lines (see benchLoop). docs/performance.md says what the figures are.
func BenchmarkCTI(b *testing.B) {
	muster := buildMuster(b)
	var tool, loop usage
	for range b.N {
		t, seen, from := applyCTI(b, muster)
		l := typeCTI(b, from, seen)
		tool, loop = tool.plus(t), loop.plus(l)
		reportRecord(b, seen)
	}
	const hosts = benchAS + benchXSP
	b.ReportMetric(tool.wall.Seconds()/float64(b.N), "muster-s")
	b.ReportMetric(loop.wall.Seconds()/float64(b.N), "loop-s")
	b.ReportMetric(tool.wall.Seconds()/loop.wall.Seconds(), "x-wall")
	b.ReportMetric(tool.millis()/float64(b.N)/hosts, "muster-cpu-ms/host")
	b.ReportMetric(loop.millis()/float64(b.N)/hosts, "loop-cpu-ms/host")
	b.ReportMetric(tool.millis()/loop.millis(), "x-cpu")
	b.ReportMetric(0, "ns/op") // the pair and its fleets: means nothing
}

func applyCTI(b *testing.B, muster string) (usage, map[string][]bwsim.Event, *rig) {
	fleet := startRig(b, benchAS, benchXSP)
	u := measure(b, exec.Command(muster, "apply", "--yes", "--forks", strconv.Itoa(loopForks), "-i", filepath.Join(fleet.dir, "inventory.hcl"),
		parallelPlaybook(b), "--var", "chain_file="+filepath.Join(fleet.dir, "CombinedCertChain2023.txt"), "--var", "cert_dir="+filepath.Join(fleet.dir, "certs")))
	seen := fleet.stop(b)
	wantRestarts(b, "muster", seen)
	return u, seen, fleet
}

func typeCTI(b *testing.B, from *rig, seen map[string][]bwsim.Event) usage {
	fleet := startRig(b, benchAS, benchXSP)
	jobs := filepath.Join(b.TempDir(), "jobs.json")
	if err := writeJSON(jobs, translate(b, from, fleet, seen)); err != nil {
		b.Fatal(err)
	}
	u := measure(b, exec.Command(lookPath(b, "bench-loop"), fleet.dir, jobs))
	wantRestarts(b, "the loop", fleet.stop(b))
	return u
}

// parallelPlaybook is a copy of the playbook that restarts all hosts at once and proves nothing afterwards: a rollout's
// waits belong to the rollout, and the loop has none.
func parallelPlaybook(b *testing.B) string {
	b.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "playbooks", "webex-cti.hcl"))
	if err != nil {
		b.Fatal(err)
	}
	head, _, found := strings.Cut(string(text), "    rollout {")
	if !found {
		b.Fatal("playbooks/webex-cti.hcl has no rollout any more")
	}
	path := filepath.Join(b.TempDir(), "webex-cti.hcl")
	if err := os.WriteFile(path, []byte(head+"    rollout {\n      max_unavailable = \"100%\"\n    }\n  }\n}\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

// wantRestarts holds both sides to the same end: every XSP has its new configuration in force.
func wantRestarts(b *testing.B, who string, seen map[string][]bwsim.Event) {
	b.Helper()
	restarted := 0
	for _, events := range seen {
		for _, e := range events {
			if e.Kind == bwsim.Activated {
				restarted++
			}
		}
	}
	if restarted != benchXSP {
		b.Fatalf("%s restarted %d of %d hosts", who, restarted, benchXSP)
	}
}

// reportRecord tells how much an XSP was asked, by its own record.
func reportRecord(b *testing.B, seen map[string][]bwsim.Event) {
	typed, written := 0, 0
	for host, events := range seen {
		if strings.HasPrefix(host, "as") {
			continue
		}
		for _, e := range events {
			switch e.Kind {
			case bwsim.Command:
				typed++
			case bwsim.FileRename:
				written++
			}
		}
	}
	b.ReportMetric(float64(typed)/benchXSP, "lines/xsp")
	b.ReportMetric(float64(written)/benchXSP, "files/xsp")
}

// BenchmarkLine is one get of bwcli by a module, through the driver, gRPC, the engine and SSH, and beside it the same line
// typed into a bare session. The CPU of a line is the difference between a run with many lines and one with none.
func BenchmarkLine(b *testing.B) {
	const times = 2000
	muster := buildMuster(b)
	fleet := startRig(b, 0, 1)
	defer fleet.stop(b)
	for range b.N {
		idle, _ := moduleLines(b, muster, fleet, 0)
		busy, took := moduleLines(b, muster, fleet, times)
		b.ReportMetric(took*1e6/times, "module-us/line")
		bareIdle, _ := bareLines(b, fleet, 0)
		bareBusy, bare := bareLines(b, fleet, times)
		b.ReportMetric(bare*1e6/times, "bare-us/line")
		b.ReportMetric(took/bare, "x-wall")
		cpu, bareCPU := busy.millis()-idle.millis(), bareBusy.millis()-bareIdle.millis()
		b.ReportMetric(cpu*1e3/times, "module-cpu-us/line")
		b.ReportMetric(bareCPU*1e3/times, "bare-cpu-us/line")
		b.ReportMetric(cpu/bareCPU, "x-cpu")
	}
	b.ReportMetric(0, "ns/op")
}

func moduleLines(b *testing.B, muster string, fleet *rig, times int) (usage, float64) {
	b.Helper()
	dir := b.TempDir()
	plugins, took := filepath.Join(dir, "plugins"), filepath.Join(dir, "took")
	playbook := fmt.Sprintf("play \"bench\" {\n  hosts = \"xsp\"\n  task \"lines\" \"get\" {\n    times = %d\n    took  = %q\n  }\n}\n", times, took)
	binary, err := os.ReadFile(lookPath(b, "muster-plugin-lines"))
	if err != nil {
		b.Fatal(err)
	}
	for _, err := range []error{
		os.Mkdir(plugins, 0o700),
		os.WriteFile(filepath.Join(plugins, "muster-plugin-lines"), binary, 0o700),
		os.WriteFile(filepath.Join(dir, "bench.hcl"), []byte(playbook), 0o600),
	} {
		if err != nil {
			b.Fatal(err)
		}
	}
	u := measure(b, exec.Command(muster, "apply", "--yes", "-i", filepath.Join(fleet.dir, "inventory.hcl"), "--plugin-dir", plugins, filepath.Join(dir, "bench.hcl")))
	text, err := os.ReadFile(took)
	if err != nil {
		b.Fatal(err)
	}
	return u, seconds(b, string(text))
}

func bareLines(b *testing.B, fleet *rig, times int) (usage, float64) {
	b.Helper()
	prompt := "XSP_CLI" + benchContext + "> "
	steps := []step{{Type: "bwcli", Until: "XSP_CLI> "}, {Type: "cd " + benchContext, Until: prompt}, {Type: "get", Until: prompt}}
	if times > 0 {
		steps = append(steps, step{Type: "get", Until: prompt, Times: times})
	}
	var jobs []job
	for _, addr := range fleet.hosts {
		jobs = append(jobs, job{Addr: addr, Steps: steps})
	}
	path := filepath.Join(b.TempDir(), "jobs.json")
	if err := writeJSON(path, jobs); err != nil {
		b.Fatal(err)
	}
	var out bytes.Buffer
	cmd := exec.Command(lookPath(b, "bench-loop"), fleet.dir, path)
	cmd.Stdout = &out
	u := measure(b, cmd)
	if times == 0 {
		return u, 0
	}
	return u, seconds(b, out.String())
}

func seconds(b *testing.B, text string) float64 {
	b.Helper()
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil {
		b.Fatal(err)
	}
	return v
}

// usage is what a program took, from its start to its end, with the processes that it started and waited for.
type usage struct{ wall, cpu time.Duration }

func (u usage) plus(v usage) usage { return usage{u.wall + v.wall, u.cpu + v.cpu} }
func (u usage) millis() float64    { return u.cpu.Seconds() * 1e3 }

func measure(b *testing.B, cmd *exec.Cmd) usage {
	b.Helper()
	var errs bytes.Buffer
	if cmd.Stderr = &errs; cmd.Stdout == nil {
		cmd.Stdout = &errs
	}
	home := b.TempDir()
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_STATE_HOME="+home, "SSH_AUTH_SOCK=")
	begin := time.Now()
	if err := cmd.Run(); err != nil {
		b.Fatalf("%s: %v\n%s", filepath.Base(cmd.Path), err, errs.String())
	}
	return usage{time.Since(begin), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
}

// buildMuster makes the program that users have: the test binary is larger and starts later.
func buildMuster(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "muster")
	if out, err := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, ".").CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}
