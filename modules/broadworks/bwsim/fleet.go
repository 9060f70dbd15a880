package bwsim

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/crypto/ssh"
)

// Fleet is a running set of simulated hosts. Its methods may be called by many
// goroutines at once.
type Fleet struct {
	opts  Options
	hosts []*Host
	rec   *recorder
	key   ed25519.PrivateKey // of user
	user  ssh.Signer

	ctx     context.Context // ends when the fleet does
	end     context.CancelFunc
	running sync.WaitGroup // everything that the fleet started
}

// Start brings a fleet up on a block of loopback addresses that nothing else
// uses. It runs until ctx is done or Close is called.
func Start(ctx context.Context, o Options) (*Fleet, error) {
	o = o.withDefaults()
	key, user, err := newSigner()
	if err != nil {
		return nil, err
	}
	f := &Fleet{opts: o, rec: &recorder{}, key: key, user: user}
	f.ctx, f.end = context.WithCancel(ctx)
	if err := f.bring(); err != nil {
		f.shut()
		return nil, errors.Join(err, f.Close())
	}
	f.running.Go(func() {
		<-f.ctx.Done()
		f.shut()
	})
	return f, nil
}

// shut closes what the fleet's goroutines wait for.
func (f *Fleet) shut() {
	for _, h := range f.hosts {
		h.close()
	}
}

// bring makes the hosts and opens their SSH ports.
func (f *Fleet) bring() error {
	block, listeners, err := claim(f.opts.Port, len(f.opts.Hosts))
	if err != nil {
		return err
	}
	for i, o := range f.opts.Hosts {
		h, err := f.host(o, block, i)
		if err != nil {
			for _, l := range listeners[i:] {
				l.Close()
			}
			return err
		}
		f.hosts = append(f.hosts, h)
		h.serving.Lock()
		h.serveSSH(listeners[i])
		h.serving.Unlock()
	}
	return nil
}

func (f *Fleet) host(o HostOptions, block block, i int) (*Host, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	if f.Host(o.Name) != nil {
		return nil, fmt.Errorf("host %s is listed twice", o.Name)
	}
	o.Profile = o.Profile.over(f.opts.Profile)
	seed := f.opts.Dialect
	if o.Dialect != nil {
		seed = *o.Dialect
	}
	addr := block.host(i)
	cti := addr
	if o.ServiceAddress {
		cti = block.service(i)
	}
	return newHost(f, o, seed, addr, cti)
}

// Close stops every host and returns when nothing of the fleet runs any more.
// It never fails; the result lets it be used as an io.Closer.
func (f *Fleet) Close() error {
	f.end()
	f.running.Wait()
	return nil
}

// Hosts lists the hosts in the order of the options.
func (f *Fleet) Hosts() []*Host { return f.hosts }

// Host finds a host by name; nil when there is none.
func (f *Fleet) Host(name string) *Host {
	for _, h := range f.hosts {
		if h.Name() == name {
			return h
		}
	}
	return nil
}

// UserKey is a key that may log in on every host.
func (f *Fleet) UserKey() ssh.Signer { return f.user }
