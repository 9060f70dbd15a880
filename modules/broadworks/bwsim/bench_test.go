package bwsim_test

import (
	"testing"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

// BenchmarkCommand is the floor under every measurement that uses the
// simulator: one get typed at a PTY, up to the next prompt.
func BenchmarkCommand(b *testing.B) {
	f := start(b, bwsim.Options{XSPCount: 1})
	c := open(b, dial(b, f, f.Hosts()[0]))
	c.until("$ ")
	c.send("bwcli")
	c.until("XSP_CLI> ")
	c.send("cd /System/SSLCommonSettings/JSSE/Ciphers")
	c.until("Ciphers> ")
	for b.Loop() {
		c.send("get")
		c.until("Ciphers> ")
	}
}

// BenchmarkStart brings up and ends a fleet of a hundred hosts.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		f, err := bwsim.Start(b.Context(), bwsim.Options{XSPCount: 100})
		if err != nil {
			b.Fatal(err)
		}
		f.Close()
	}
}
