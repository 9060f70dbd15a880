package sdk

import "context"

// FanOut is a module that can take something from one host to others: the engine calls Offer to learn who holds it,
// Produce on one host, then Stage and Verify on all the others, and only when all verified, Activate.
type FanOut interface {
	// Offer says whether this host holds what is to be shared, without effects.
	Offer(ctx context.Context, req *Request) (*OfferResult, error)
	// Produce makes the payload ready on the producing host and returns it as handles.
	Produce(ctx context.Context, req *Request) (*Payload, error)
	// Stage places the payload on a receiving host so that nothing uses it yet.
	Stage(ctx context.Context, req *Request, p *Payload) error
	// Verify proves that what was staged is what was produced.
	Verify(ctx context.Context, req *Request, p *Payload) error
	// Activate puts the staged payload into use and reads back that it is.
	Activate(ctx context.Context, req *Request, p *Payload) (*ApplyResult, error)
}

// OfferResult is one host's answer to Offer.
type OfferResult struct {
	Holds  bool   // the host has something to share
	Digest string // names what it holds, equal on hosts that hold the same; empty when the host cannot tell
	// Everyone says that what Produce makes here replaces what every host holds, so that no host may be missing: the
	// engine goes on with a missing one only when the playbook says allow_missing.
	Everyone bool
	Note     string
}

// Payload is what travels: secrets by handle, public facts as values.
type Payload struct {
	Digest string
	Parts  map[string]Handle
	Facts  map[string]string
}
