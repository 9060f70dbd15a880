package catalog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/muster-run/muster/plugins/internal/pb"
	"github.com/muster-run/muster/plugins/sdk"
)

// broken is the failure of a call that ended without a result.
func (p *proxy) broken(l *link, g *grant, err error) error {
	name, plugin := p.description.Name, p.source.plugin()
	f := p.failure(g)
	f.Do = []string{"See the plugin's log (-v), and report it to its author."}
	switch code := status.Code(err); {
	case code == codes.Unavailable || code == codes.Canceled || l.over(): // nobody but the end of the process cancels
		f.Summary, f.Err = fmt.Sprintf("plugin %s ended while its module %s was running", plugin, name), ErrPluginDied
		f.Why = l.lastWords()
	case code == codes.ResourceExhausted:
		f.Summary = fmt.Sprintf("module %s sent more than %d MiB in one message", name, pb.MaxMessage>>20)
	case err == io.EOF:
		f.Summary = fmt.Sprintf("module %s ended without a result", name)
	default:
		f.Summary = fmt.Sprintf("module %s could not be called", name)
		f.Why = printable(status.Convert(err).Message())
	}
	return f
}

// abandoned is the failure of a call that went on when its time was up.
func (p *proxy) abandoned(ctx context.Context, g *grant) error {
	f := p.failure(g)
	f.Err = ctx.Err()
	f.Summary = fmt.Sprintf("module %s did not stop when it was told to", p.description.Name)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		f.Summary = fmt.Sprintf("module %s did not end in time", p.description.Name)
		if f.Class == sdk.Failed {
			f.Class = sdk.Timeout
		}
	}
	f.Do = []string{"This is a bug of the module: report it to its author."}
	return f
}

// failure begins one by what is known: whether anything was sent that may have changed the host.
func (p *proxy) failure(g *grant) *sdk.Failure {
	if g.effects.Load() {
		return &sdk.Failure{Class: sdk.Uncertain, State: "commands that change the host had been sent; how far they got is not known"}
	}
	return &sdk.Failure{Class: sdk.Failed, State: "nothing was sent to the host that could change it"}
}

// over reports whether the other side has ended.
func (l *link) over() bool {
	select {
	case <-l.dead:
		return true
	default:
		return false
	}
}

// lastWords says how the process ended. The connection breaks a moment before the process is known to be gone; one that
// stays without a connection is of no use to anybody.
func (l *link) lastWords() string {
	const broke = "its connection broke"
	if l.dead == nil {
		return broke
	}
	timer := time.NewTimer(l.grace)
	defer timer.Stop()
	select {
	case <-l.dead:
	case <-timer.C:
		l.kill(broke)
		<-l.dead
	}
	return l.why()
}
