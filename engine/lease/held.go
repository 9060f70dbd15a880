package lease

import (
	"errors"
	"strings"
	"time"
)

// Held says that other runs hold hosts that Acquire was to take. Nothing is held by us then.
type Held struct {
	Hosts []HeldHost // by name
}

// HeldHost is a host that another run holds.
type HeldHost struct {
	Host  string
	Owner Owner // an empty ID: the host does not say
	// Quiet is how long ago the lease was renewed, by the host's clock: a run that lives renews every half minute.
	Quiet time.Duration
}

// Error names the owners and their hosts, one line.
func (e *Held) Error() string {
	hosts := make(map[string][]string)
	var owners []string
	for _, h := range e.Hosts {
		who := h.Owner.String()
		if hosts[who] == nil {
			owners = append(owners, who)
		}
		hosts[who] = append(hosts[who], h.Host)
	}
	for i, who := range owners {
		owners[i] = strings.Join(hosts[who], ", ") + ": held by " + who
	}
	return strings.Join(owners, "; ")
}

// Denied says that a lease could not be made on hosts that answer, each with an *sdk.Failure: cause and next step. Nothing
// is held by us then.
type Denied struct {
	Hosts []HostError // by name
}

func (e *Denied) Error() string { return joined(e.Hosts).Error() }

// Unwrap gives the failures.
func (e *Denied) Unwrap() error { return joined(e.Hosts) }

// HostError is why something did not work on one host. Err is an *sdk.Failure, or the error of the ctx that ended.
type HostError struct {
	Host string
	Err  error
}

func (e HostError) Error() string { return e.Host + ": " + e.Err.Error() }
func (e HostError) Unwrap() error { return e.Err }

func joined(list []HostError) error {
	errs := make([]error, len(list))
	for i, e := range list {
		errs[i] = e
	}
	return errors.Join(errs...)
}
