package sim

import (
	"github.com/muster-run/muster/engine/transport"
)

func (b *bug) modules() modules {
	m := allModules()
	if b != nil && b.module != nil {
		b.module(m)
	}
	return m
}

func (b *bug) dialer(p *process) transport.Dialer {
	if b != nil && b.dial != nil {
		return b.dial(p.dialer())
	}
	return p.dialer()
}

func (b *bug) tap(t *tap) *tap {
	if b != nil && b.journal != nil {
		b.journal(t)
	}
	return t
}

// spoil is what the engine is given instead of the policy that the judge goes by.
func (b *bug) spoil(p policy) policy {
	if b != nil && b.policy != nil {
		b.policy(&p)
	}
	return p
}

func (b *bug) embellish(r result) result {
	if b != nil && b.summary != nil && r.summary != nil {
		b.summary(r.summary)
	}
	return r
}
