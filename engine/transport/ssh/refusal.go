package ssh

import (
	"errors"
	"fmt"
	"strings"

	"github.com/muster-run/muster/engine/secret"
	"github.com/muster-run/muster/engine/transport"
	"github.com/muster-run/muster/plugins/sdk"
)

func (a *attempt) auth(why string, cause error, do ...string) *sdk.Failure {
	return a.fail(transport.ErrAuth, why, cause, do...)
}

// refused: the host wanted none of our keys.
func (a *attempt) refused() *sdk.Failure {
	return a.auth(fmt.Sprintf("the host refused every key for user %s; tried: %s", a.to.User, strings.Join(a.offered, ", ")), nil,
		fmt.Sprintf("check the user name, and that one of these keys is in ~%s/.ssh/authorized_keys on the host", a.to.User))
}

func (a *attempt) secondFactor() *sdk.Failure {
	return a.auth("the host took the key and wants more: "+a.allowed(), nil,
		"let this user in with a key alone: nobody is there to answer a question")
}

func (a *attempt) noPublicKey() *sdk.Failure {
	return a.auth("the host does not take keys, only: "+a.allowed(), nil, "allow PubkeyAuthentication on the host")
}

func (a *attempt) allowed() string { return secret.Printable(strings.Join(a.methods, ", ")) }

// badKey: the key file cannot be used.
func (a *attempt) badKey(err error) *sdk.Failure {
	if e, ok := errors.AsType[*secret.Error](err); ok && e.Advice != "" {
		return a.auth(e.Summary, err, e.Advice)
	}
	return a.auth("the key "+a.to.KeyFile+" cannot be used: "+err.Error(), err)
}

func (a *attempt) lockedKey(agentErr error) *sdk.Failure {
	why := fmt.Sprintf("the key %s is protected by a passphrase", a.to.KeyFile)
	if agentErr != nil {
		why += ", and " + agentErr.Error()
	} else {
		why += ", and the SSH agent does not hold it"
	}
	return a.auth(why, agentErr, "give it to ssh-agent: ssh-add "+a.to.KeyFile)
}

func (a *attempt) noKeys(agentErr error) *sdk.Failure {
	why := "there is no key to log in with: the SSH agent holds none"
	if agentErr != nil {
		why = "there is no key to log in with: " + agentErr.Error()
	}
	return a.auth(why, agentErr, "set ssh_key of the host in the inventory, or start ssh-agent and ssh-add a key")
}
