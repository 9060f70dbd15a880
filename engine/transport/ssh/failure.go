package ssh

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/muster-run/muster/engine/secret"
	"github.com/muster-run/muster/engine/transport"
	"github.com/muster-run/muster/plugins/sdk"
)

// attempt is one Dial: what it was to do, how far it came, and the words for what went wrong.
type attempt struct {
	to      transport.Target
	address string // host:port
	timeout time.Duration

	connected      bool
	askedFor       []string // host key algorithms
	hostAccepted   bool
	verdict        error // on the host's key, when not accepted
	authenticating bool
	offered        []string // keys of ours
	methods        []string // that the host allows
}

// failure classifies an error of this attempt; one that is classified stays as it is.
func (a *attempt) failure(ctx context.Context, err error) error {
	if f, ok := errors.AsType[*sdk.Failure](err); ok {
		return f
	}
	if a.verdict != nil {
		return a.verdict
	}
	if ctx.Err() != nil {
		return a.tooSlow(ctx.Err())
	}
	if n, ok := errors.AsType[*ssh.AlgorithmNegotiationError](err); ok {
		return a.noCommon(n)
	}
	if a.authenticating && strings.Contains(err.Error(), "ssh: disconnect, reason") {
		f := a.refused()
		f.Why = secret.Printable(err.Error())
		return f
	}
	return a.unreachable(err)
}

// fail makes the failure that every way of not connecting ends in.
func (a *attempt) fail(class error, why string, cause error, do ...string) *sdk.Failure {
	wrapped := class
	if cause != nil {
		wrapped = fmt.Errorf("%w: %w", class, cause)
	}
	return &sdk.Failure{
		Class:   sdk.Unreachable,
		Summary: fmt.Sprintf("cannot log in to %s (%s@%s)", a.to.Host, a.to.User, a.address),
		Why:     why,
		State:   "nothing was sent to the host",
		Do:      do,
		Err:     wrapped,
	}
}

func (a *attempt) unreachable(err error) *sdk.Failure {
	why := secret.Printable(err.Error())
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		return a.fail(transport.ErrUnreachable, fmt.Sprintf("the name %s has no address: %s", a.to.Address, dns.Err), err,
			"check the host's address in the inventory")
	case errors.Is(err, syscall.ECONNREFUSED):
		return a.fail(transport.ErrUnreachable, "nothing listens there: connection refused", err,
			"check that sshd runs on the host and that the port is right")
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return a.fail(transport.ErrUnreachable, "there is no route to the host", err, "check the network and the address")
	case a.connected:
		return a.fail(transport.ErrUnreachable, "the connection ended before the login was done: "+why, err,
			"try again; when it stays, look into the host's sshd log (MaxStartups, a firewall, hosts.deny)")
	}
	return a.fail(transport.ErrUnreachable, why, err)
}

func (a *attempt) tooSlow(err error) *sdk.Failure {
	where := "the TCP connection was not made"
	switch {
	case a.authenticating:
		where = "the host did not finish the login"
	case a.hostAccepted:
		where = "the host did not begin the login"
	case a.connected:
		where = "the host did not finish the SSH handshake"
	}
	why := where + " in time"
	if errors.Is(err, context.DeadlineExceeded) {
		why = fmt.Sprintf("%s within %s", where, a.timeout)
	}
	return a.fail(transport.ErrUnreachable, why, err, "check that "+a.address+" is an SSH server that can be reached from here")
}

// noCommon: a host key of another kind than the known one is a question of identity, all else one of age.
func (a *attempt) noCommon(n *ssh.AlgorithmNegotiationError) *sdk.Failure {
	theirs := secret.Printable(strings.Join(n.RequestedAlgorithms, ", "))
	if strings.Contains(n.What, "host key") {
		return a.fail(transport.ErrHostKey, fmt.Sprintf("known_hosts has keys of the kinds %s, the host offers %s",
			strings.Join(a.askedFor, ", "), theirs), n,
			"compare with the host's administrator, then add the new key: "+a.keyscan())
	}
	return a.fail(transport.ErrUnreachable, fmt.Sprintf("the host's SSH server is too old: for %s it offers only %s", n.What, theirs), n,
		"update the SSH server of the host")
}
