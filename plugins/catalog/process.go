package catalog

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	gorunner "github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"

	"github.com/muster-run/muster/plugins/internal/pb"
	"github.com/muster-run/muster/plugins/sdk"
)

// process is one run of a plugin's binary, from its start to the removal of its last trace.
type process struct {
	entry *entry
	epoch int
	log   *pluginLog

	ready chan struct{} // the start has succeeded (link) or failed (err)
	link  *link
	err   error
	dead  chan struct{} // nothing is left of it

	connection *grpc.Server // our side: of run alone
	mu         sync.Mutex
	runner     *runner
	killed     string // why we ended it
	ended      bool
	outcome    string
}

func newProcess(e *entry, epoch int) *process {
	p := &process{entry: e, epoch: epoch, ready: make(chan struct{}), dead: make(chan struct{})}
	p.log = &pluginLog{emit: func(line string) { e.catalog.note(e.name, line) }}
	return p
}

// run starts the process, waits for its end, and cleans up after it.
func (p *process) run() {
	defer close(p.dead)
	client, err := p.start()
	if err == nil {
		close(p.ready)
	} else {
		p.kill("")
	}
	r := p.clear(client)
	p.mu.Lock()
	p.ended, p.outcome = true, p.describeEnd(r)
	p.mu.Unlock()
	if err != nil {
		p.err = p.notStarted(err)
		close(p.ready)
	}
}

// clear waits until the process has ended and takes away what is left of it.
func (p *process) clear(client *plugin.Client) *runner {
	p.mu.Lock()
	r := p.runner
	p.mu.Unlock()
	if r != nil {
		<-r.exited
	}
	if p.connection != nil {
		p.connection.Stop()
	}
	if client != nil {
		client.Kill() // it is dead: this waits until its output is read, and removes the socket directory
	}
	if r != nil {
		r.stdout.Close()
		r.stderr.Close()
	}
	return r
}

// start returns when the plugin has described itself.
func (p *process) start() (*plugin.Client, error) {
	e := p.entry
	if err := e.verify(); err != nil {
		return nil, err
	}
	dir, err := e.catalog.workspace()
	if err != nil {
		return nil, err
	}
	timeout := e.catalog.options.StartTimeout
	watchdog := time.AfterFunc(timeout, func() { p.kill(fmt.Sprintf("it was not ready within %s", timeout)) })
	defer watchdog.Stop()
	config := p.config(dir)
	client := plugin.NewClient(config)
	protocol, err := client.Client()
	if err != nil {
		return client, err
	}
	raw, err := protocol.Dispense(pb.PluginName)
	if err != nil {
		return client, err
	}
	a := raw.(*attachment)
	p.link = &link{
		client: pb.NewModuleClient(a.conn), grants: &grants{}, grace: e.catalog.options.Grace, kill: p.kill, dead: p.dead,
		why: p.why,
	}
	id, server, err := a.offer(p.link, &e.shells, p.epoch, config.TLSConfig) // as AutoMTLS has set it
	if err != nil {
		return client, err
	}
	p.connection = server
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	m, err := p.link.client.Describe(ctx, &pb.DescribeRequest{ConnectionBrokerId: id, EngineVersion: e.catalog.options.Version})
	if err != nil {
		return client, err
	}
	return client, e.describe(m)
}

func (p *process) config(dir string) *plugin.ClientConfig {
	return &plugin.ClientConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion: pb.ProtocolVersion, MagicCookieKey: pb.CookieKey, MagicCookieValue: pb.CookieValue,
		},
		Plugins:          plugin.PluginSet{pb.PluginName: attacher{}},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS:         true,
		SkipHostEnv:      true,
		StartTimeout:     p.entry.catalog.options.StartTimeout,
		Stderr:           p.log,
		SyncStdout:       p.log,
		SyncStderr:       p.log,
		Logger:           hclog.New(&hclog.LoggerOptions{Level: hclog.Off, Output: io.Discard}),
		GRPCDialOptions: []grpc.DialOption{grpc.WithDefaultCallOptions(
			grpc.MaxCallRecvMsgSize(pb.MaxMessage), grpc.MaxCallSendMsgSize(pb.MaxMessage))},
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: dir},
		RunnerFunc: func(_ hclog.Logger, spec *exec.Cmd, sockets string) (gorunner.Runner, error) {
			r, err := newRunner(p.entry.path, p.entry.args, spec.Env, sockets)
			if err == nil {
				p.adopt(r)
			}
			return r, err
		},
	}
}

// adopt takes the runner; one whose process was killed before it came does not start.
func (p *process) adopt(r *runner) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.runner = r
	if p.killed != "" {
		_ = r.Kill(context.Background())
	}
}

// kill ends the process; the first reason given is kept, if it did not end by itself before.
func (p *process) kill(why string) {
	p.mu.Lock()
	r := p.runner
	if p.killed == "" && (r == nil || !r.over()) {
		p.killed = why
	}
	p.mu.Unlock()
	if r != nil {
		_ = r.Kill(context.Background())
	}
}

func (p *process) gone() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ended || p.killed != "" || p.runner != nil && p.runner.over()
}

// why says how the process ended.
func (p *process) why() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.outcome
}

func (p *process) describeEnd(r *runner) string {
	switch {
	case p.killed != "":
		return "it was ended: " + p.killed
	case r == nil:
		return "it was not started"
	}
	how := "it exited without an error"
	if r.err != nil {
		how = r.err.Error()
	}
	if said := p.log.said(); said != "" {
		how += "; it wrote: " + said
	}
	return how
}

// notStarted makes the error of a start, once all that the process wrote is known.
func (p *process) notStarted(err error) error {
	why := printable(strings.ReplaceAll(err.Error(), "\n", ": "))
	if len(why) > 300 {
		why = why[:300] + "…"
	}
	if said := p.log.said(); said != "" {
		why += "; it wrote: " + said
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.killed != "" {
		why = p.killed
	}
	return &sdk.Failure{
		Class: sdk.Failed, Summary: fmt.Sprintf("plugin %s did not start", p.entry.name), What: p.entry.path, Why: why,
		Do: []string{"See the plugin's log (-v)."}, Err: err,
	}
}
