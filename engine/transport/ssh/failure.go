package ssh

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"
	xknownhosts "golang.org/x/crypto/ssh/knownhosts"

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

func (a *attempt) knownHosts() string {
	if a.to.KnownHosts == "" {
		return expandHome("~/.ssh/known_hosts")
	}
	return expandHome(a.to.KnownHosts)
}

// keyscan is the command that fetches the host's keys; its output must be compared by a person.
func (a *attempt) keyscan() string {
	port := ""
	if a.to.Port != 22 {
		port = "-p " + strconv.Itoa(a.to.Port) + " "
	}
	return fmt.Sprintf("ssh-keyscan %s%s >> %s", port, a.to.Address, a.knownHosts())
}

func (a *attempt) hostKey(why string, cause error, do ...string) *sdk.Failure {
	return a.fail(transport.ErrHostKey, why, cause, do...)
}

func (a *attempt) badKnownHosts(err error) *sdk.Failure {
	return a.hostKey("the file of known host keys cannot be used: "+secret.Printable(err.Error()), err, "mend "+a.knownHosts())
}

func (a *attempt) obsoleteKnown(kinds []string) *sdk.Failure {
	return a.hostKey(fmt.Sprintf("%s knows this host only by a key of an obsolete kind (%s)", a.knownHosts(), strings.Join(kinds, ", ")),
		nil, "add a modern key: "+a.keyscan())
}

func (a *attempt) unknownKey(key ssh.PublicKey) *sdk.Failure {
	return a.hostKey(fmt.Sprintf("the host's key is not known: it showed %s, and %s has no line for %s",
		describe(key), a.knownHosts(), xknownhosts.Normalize(a.address)), nil,
		"add it: "+a.keyscan(),
		"compare the fingerprint with the host's administrator before you trust it")
}

func (a *attempt) changedKey(key ssh.PublicKey, known []xknownhosts.KnownKey) *sdk.Failure {
	lines := make([]string, len(known))
	for i, k := range known {
		lines[i] = fmt.Sprintf("%s (%s:%d)", describe(k.Key), k.Filename, k.Line)
	}
	return a.hostKey(fmt.Sprintf("the host's key is not the known one: it showed %s, known is %s",
		describe(key), strings.Join(lines, ", ")), nil,
		"somebody may be in between: do not go on before the host's administrator confirmed a new key",
		fmt.Sprintf("if it was changed on purpose: ssh-keygen -R '%s' -f %s && %s",
			xknownhosts.Normalize(a.address), a.knownHosts(), a.keyscan()))
}

func (a *attempt) revokedKey(key ssh.PublicKey, r *xknownhosts.RevokedError) *sdk.Failure {
	return a.hostKey(fmt.Sprintf("the host's key %s is revoked (%s:%d)", describe(key), r.Revoked.Filename, r.Revoked.Line), r,
		"the key is known to be in wrong hands: give the host a new one")
}

func (a *attempt) weakHostKey(key ssh.PublicKey) *sdk.Failure {
	return a.hostKey(fmt.Sprintf("the host's key %s has %d bits, %d is the least", describe(key), rsaBits(key), minRSABits), nil,
		"give the host a new key")
}

func (a *attempt) rejectedKey(key ssh.PublicKey, err error) *sdk.Failure {
	return a.hostKey(fmt.Sprintf("the host's key %s was not accepted: %s", describe(key), secret.Printable(err.Error())), err)
}

func describe(key ssh.PublicKey) string {
	return secret.Printable(key.Type()) + " " + ssh.FingerprintSHA256(key)
}
