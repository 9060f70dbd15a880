// Package lease keeps two runs off the same hosts, from wherever they are started.
//
// Its nouns: a [Lease] is what one run holds on its hosts; an [Owner] says whose it is; [Held] is the answer of a host that
// another run holds; a [Loss] is the news that a host is no longer ours. On a host a lease is the directory
// ~/.muster/lease, which appears, changes hands and goes by one rename each, so that of any number of runs one wins. How old
// one is, only the host's own clock says.
//
// It is not a lock on data: a host does what it is told by whoever has logged in. It does not know groups or rollouts
// either: two runs over different hosts of one group do not meet here.
package lease

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/muster-run/muster/engine/transport"
)

// Defaults of Options.
const (
	DefaultEvery = 30 * time.Second
	DefaultStale = 2 * time.Minute
)

// Options of Acquire. Pool, Targets and Owner must be given.
type Options struct {
	Pool    *transport.Pool
	Targets []transport.Target
	Owner   Owner // an empty ID is replaced by a random one

	// Every is the time between two renewals of a host; default 30 s. After Stale without one (default 2 min) the lease is
	// anybody's; all runs must agree on it.
	Every, Stale time.Duration
	// Now is the wall clock, which jumps when this machine slept; default time.Now.
	Now func() time.Time
	// Dead is asked about the owner of a lease that is not stale; true says that its process is known to have ended, and
	// the lease is taken over at once. nil: it never is.
	Dead func(Owner) bool
}

func (o Options) withDefaults() Options {
	if o.Every == 0 {
		o.Every = DefaultEvery
	}
	if o.Stale == 0 {
		o.Stale = DefaultStale
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Dead == nil {
		o.Dead = func(Owner) bool { return false }
	}
	return o
}

// Lease is held on hosts and renewed until Release.
type Lease struct {
	opts        Options
	hosts       []*host // by name
	unreachable []HostError
	lost        chan Loss

	mu   sync.Mutex // guards kept and all in it
	kept []*kept
	end  context.CancelFunc // of the renewals
	work sync.WaitGroup
}

// Loss says that a host is not ours any more, or that nobody can know it: it was not renewed for the stale time. A host is
// reported once.
type Loss struct {
	Host string
	// Owner took it over; nil when that is not known, or the host did not answer.
	Owner *Owner
	Err   error // *sdk.Failure
}

// Unreachable names the hosts that could not be asked, by name. They are not held, and nothing may be done there.
func (l *Lease) Unreachable() []HostError { return l.unreachable }

// Twins are sets of names whose lease is one and the same: two names for one machine, or hosts that share a home
// directory. Whoever counts hosts counts such a machine more than once.
func (l *Lease) Twins() [][]string {
	var sets [][]string
	for _, h := range l.hosts {
		if h.twin == "" {
			continue
		}
		if i := slices.IndexFunc(sets, func(s []string) bool { return slices.Contains(s, h.twin) }); i >= 0 {
			sets[i] = append(sets[i], h.target.Host)
		} else {
			sets = append(sets, []string{h.twin, h.target.Host})
		}
	}
	return sets
}

// Lost reports each host that is lost. Nobody need listen; it is never closed.
func (l *Lease) Lost() <-chan Loss { return l.lost }

// Release ends the renewals and gives back what is ours on each host; what was taken over stays. Its error names the hosts
// where that failed, as HostErrors: there the lease ends by itself when it is stale. It needs the pool, and a ctx that has
// not ended.
func (l *Lease) Release(ctx context.Context) error {
	l.end()
	l.work.Wait()
	var failed []HostError
	for i, err := range each(l.hosts, func(h *host) error { return h.release(ctx) }) {
		if err != nil {
			failed = append(failed, HostError{l.hosts[i].target.Host, err})
		}
	}
	return joined(failed)
}
