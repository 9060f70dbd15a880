// Package ssh connects to hosts with golang.org/x/crypto/ssh.
//
// Its nouns: a [Dialer] makes a connection, with one deadline over connect, handshake and login, and a strict check of
// the host's key against known_hosts, which cannot be switched off; a connection carries exec channels, shells, one SFTP
// subsystem and direct-tcpip channels; a watchdog closes it when the host stops answering, because nothing else in the
// protocol library would ever notice.
//
// It is not an OpenSSH client: it reads no ssh_config, forwards no agent, runs no proxy command and asks nobody
// anything.
package ssh
