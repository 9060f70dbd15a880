package ssh

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/ssh"
	xknownhosts "golang.org/x/crypto/ssh/knownhosts"

	"github.com/muster-run/muster/engine/secret"
	"github.com/muster-run/muster/engine/transport"
	"github.com/muster-run/muster/plugins/sdk"
)

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
