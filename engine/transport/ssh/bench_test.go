package ssh_test

import (
	"strings"
	"testing"

	"github.com/muster-run/muster/engine/transport"
	"github.com/muster-run/muster/engine/transport/transporttest"
	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

// BenchmarkCommand compares an exec channel for each command with a line typed into a shell that stays open.
func BenchmarkCommand(b *testing.B) {
	b.Run("openssh", func(b *testing.B) {
		benchmarkCommand(b, transporttest.StartSSHD(b, transporttest.SSHDOptions{}).Target)
	})
	b.Run("bwsim", func(b *testing.B) {
		_, to := simulated(b, bwsim.Options{})
		benchmarkCommand(b, to)
	})
}

func benchmarkCommand(b *testing.B, to transport.Target) {
	c, err := newDialer(&lab{opts: withoutAgent}).Dial(b.Context(), to)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	b.Run("exec", func(b *testing.B) {
		for b.Loop() {
			if _, err := c.Run(b.Context(), "echo ok", nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("shell", func(b *testing.B) {
		s, err := c.Shell(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		defer s.Close()
		for b.Loop() {
			if _, err := s.Write([]byte("echo d''one\n")); err != nil {
				b.Fatal(err)
			}
			readUntil(b, s, "done\r\n")
		}
	})
}

func readUntil(b *testing.B, s transport.Shell, text string) {
	b.Helper()
	buf, seen := make([]byte, 4096), ""
	for !strings.Contains(seen, text) {
		n, err := s.Read(buf)
		if err != nil {
			b.Fatal(err)
		}
		seen += string(buf[:n])
	}
}

// BenchmarkConnect is a login, with everything it checks, and its end.
func BenchmarkConnect(b *testing.B) {
	_, to := simulated(b, bwsim.Options{})
	d := newDialer(&lab{opts: withoutAgent})
	for b.Loop() {
		c, err := d.Dial(b.Context(), to)
		if err != nil {
			b.Fatal(err)
		}
		_ = c.Close()
	}
}

// BenchmarkPut is a file of 4 KiB, written, synced, read back and renamed.
func BenchmarkPut(b *testing.B) {
	s := transporttest.StartSSHD(b, transporttest.SSHDOptions{})
	c, err := newDialer(&lab{opts: withoutAgent}).Dial(b.Context(), s.Target)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	content := make([]byte, 4<<10)
	for b.Loop() {
		if err := c.Put(b.Context(), "~/file", content, 0); err != nil {
			b.Fatal(err)
		}
	}
}
