package ssh

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/muster-run/muster/engine/secret"
)

// agentShare is the part of the dialer's timeout that an agent may take to list its keys. To sign it has all of it:
// somebody may have to touch a token.
const agentShare = 4

// authentication is the keys to offer to one host, in order, and what came of it.
type authentication struct {
	attempt *attempt
	signers []ssh.Signer
	agent   net.Conn
}

// Close ends the conversation with the agent.
func (a *authentication) Close() {
	if a.agent != nil {
		_ = a.agent.Close()
	}
}

// authentication collects the keys: the key file first, then the agent's. A key file that cannot be used is an error,
// except that the agent may hold the very key which the file keeps under a passphrase.
func (d *Dialer) authentication(ctx context.Context, a *attempt) (*authentication, error) {
	auth := &authentication{attempt: a}
	var locked *ssh.PassphraseMissingError
	if a.to.KeyFile != "" {
		signer, err := readKey(expandHome(a.to.KeyFile))
		switch {
		case errors.As(err, &locked):
		case err != nil:
			return nil, a.badKey(err)
		default:
			auth.offer(signer, a.to.KeyFile)
		}
	}
	agentErr := d.askAgent(ctx, auth)
	switch {
	case locked != nil && !auth.holds(locked.PublicKey):
		auth.Close()
		return nil, a.lockedKey(agentErr)
	case len(auth.signers) == 0:
		auth.Close()
		return nil, a.noKeys(agentErr)
	}
	return auth, nil
}

func (a *authentication) offer(s ssh.Signer, from string) {
	a.signers = append(a.signers, s)
	a.attempt.offered = append(a.attempt.offered,
		fmt.Sprintf("%s %s (%s)", s.PublicKey().Type(), ssh.FingerprintSHA256(s.PublicKey()), from))
}

// holds tells whether the agent offers this key; a file in the PEM formats does not say which key it locks away.
func (a *authentication) holds(key ssh.PublicKey) bool {
	return key != nil && slices.ContainsFunc(a.signers, func(s ssh.Signer) bool {
		return string(s.PublicKey().Marshal()) == string(key.Marshal())
	})
}

// next is called by the library before each attempt, first with the methods that the host allows.
func (a *authentication) next(c *ssh.ClientAuthContext) (ssh.AuthMethod, error) {
	a.attempt.methods = c.AllowedMethods
	switch {
	case slices.Contains(c.PartialSuccessMethods, "publickey"):
		return nil, a.attempt.secondFactor()
	case slices.Contains(c.TriedMethods, "publickey"):
		return nil, a.attempt.refused()
	case !slices.Contains(c.AllowedMethods, "publickey"):
		return nil, a.attempt.noPublicKey()
	}
	a.attempt.authenticating = true
	return ssh.PublicKeys(a.signers...), nil
}

// askAgent adds the agent's keys. Its error matters only when there is no other key.
func (d *Dialer) askAgent(ctx context.Context, auth *authentication) error {
	socket := d.opts.AgentSocket
	if socket == "" {
		socket = os.Getenv("SSH_AUTH_SOCK")
	}
	if socket == "" || socket == NoAgent {
		return errNoAgent
	}
	patience, cancel := context.WithTimeout(ctx, d.opts.Timeout/agentShare)
	defer cancel()
	c, err := (&net.Dialer{}).DialContext(patience, "unix", expandHome(socket))
	if err != nil {
		return fmt.Errorf("the SSH agent at %s: %w", socket, err)
	}
	until, _ := patience.Deadline()
	_ = c.SetDeadline(until)
	signers, err := agent.NewClient(c).Signers()
	if err != nil {
		_ = c.Close()
		return fmt.Errorf("the SSH agent at %s: %w", socket, err)
	}
	if until, ok := ctx.Deadline(); ok {
		_ = c.SetDeadline(until)
	}
	auth.agent = c
	for _, s := range signers {
		if modern, err := modernise(s); err == nil && !offers(auth.signers, modern) {
			auth.offer(modern, "agent")
		}
	}
	return nil
}

func offers(signers []ssh.Signer, s ssh.Signer) bool {
	return (&authentication{signers: signers}).holds(s.PublicKey())
}

var errNoAgent = errors.New("there is no SSH agent ($SSH_AUTH_SOCK is not set)")

// readKey reads a private key file. A key under a passphrase is an *ssh.PassphraseMissingError.
func readKey(path string) (ssh.Signer, error) {
	v, err := secret.ReadFile(path)
	if err != nil {
		return nil, err
	}
	defer v.Wipe()
	signer, err := ssh.ParsePrivateKey(v.Reveal())
	var locked *ssh.PassphraseMissingError
	switch {
	case err == nil:
		return modernise(signer)
	case errors.As(err, &locked):
		return nil, err
	case strings.HasPrefix(string(v.Reveal()), "ssh-"), strings.HasPrefix(string(v.Reveal()), "ecdsa-"):
		return nil, &secret.Error{Summary: path + " is a public key", Advice: "name the private key, without .pub"}
	}
	// The library's text may quote the file.
	return nil, &secret.Error{Summary: path + " is not a private key that can be used here",
		Advice: "use an OpenSSH, PKCS#8, PKCS#1 or SEC 1 key of kind ed25519, ecdsa or rsa"}
}

// modernise refuses weak kinds of key and binds RSA to SHA-2.
func modernise(s ssh.Signer) (ssh.Signer, error) {
	key := s.PublicKey()
	if bits := rsaBits(key); bits != 0 {
		algorithms, ok := s.(ssh.AlgorithmSigner)
		if bits < minRSABits || !ok {
			return nil, fmt.Errorf("an RSA key of %d bits is too short: %d is the least", bits, minRSABits)
		}
		return ssh.NewSignerWithAlgorithms(algorithms, rsaAlgorithms)
	}
	//lint:ignore SA1019 the constant names what is refused
	if kind := key.Type(); kind == ssh.InsecureKeyAlgoDSA {
		return nil, fmt.Errorf("keys of kind %s are not used any more", kind)
	}
	return s, nil
}
