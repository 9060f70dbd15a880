package ssh

import (
	"golang.org/x/crypto/ssh"
)

// The algorithms are fixed: what OpenSSH 7.4 (2016) and later offers, without SHA-1, DSA, CBC and finite-field groups.
// The encrypt-and-MAC modes stay out: AES-CTR only with an -etm MAC, which GCM and ChaCha20 do not need.
var (
	keyExchanges = []string{
		ssh.KeyExchangeMLKEM768X25519, ssh.KeyExchangeCurve25519,
		ssh.KeyExchangeECDHP256, ssh.KeyExchangeECDHP384, ssh.KeyExchangeECDHP521,
	}
	ciphers = []string{
		ssh.CipherAES128GCM, ssh.CipherAES256GCM, ssh.CipherChaCha20Poly1305,
		ssh.CipherAES128CTR, ssh.CipherAES256CTR,
	}
	macs = []string{ssh.HMACSHA256ETM, ssh.HMACSHA512ETM}

	hostKeyAlgorithms = []string{
		ssh.CertAlgoED25519v01, ssh.CertAlgoECDSA256v01, ssh.CertAlgoECDSA384v01, ssh.CertAlgoECDSA521v01,
		ssh.CertAlgoRSASHA512v01, ssh.CertAlgoRSASHA256v01,
		ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521,
		ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256,
	}
	// rsaAlgorithms are the signatures made with an RSA key of the user.
	rsaAlgorithms = []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}
)

// minRSABits is the least size of RSA keys, the user's and the host's.
const minRSABits = 2048

// clientVersion tells an administrator reading the host's log who was there.
const clientVersion = "SSH-2.0-muster"

func clientConfig(user string, check hostKeyCheck, auth *authentication) *ssh.ClientConfig {
	return &ssh.ClientConfig{
		Config:            ssh.Config{KeyExchanges: keyExchanges, Ciphers: ciphers, MACs: macs},
		User:              user,
		AuthCallback:      auth.next,
		HostKeyCallback:   check.callback,
		HostKeyAlgorithms: check.algorithms,
		ClientVersion:     clientVersion,
	}
}
