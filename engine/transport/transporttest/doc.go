// Package transporttest is the one suite that every implementation of transport.Transport passes, with the parts it
// needs: [Run] is the suite, a [Host] is what it runs against, [StartSSHD] makes one of OpenSSH's own server, a [Pipe] is
// a connection in memory and a [Fault] a way for a connection to go wrong.
//
// It is imported by tests only.
package transporttest
