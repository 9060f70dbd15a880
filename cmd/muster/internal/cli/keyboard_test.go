package cli

import (
	"io"
	"testing"
)

// A line is read when one is wanted and not before: what is typed at a prompt for a secret in between is not taken away.
func TestKeyboard(t *testing.T) {
	in, typed := io.Pipe()
	k := &keyboard{}
	line := k.line(in)
	if again := k.line(in); again != line {
		t.Fatal("two channels for one keyboard")
	}
	if _, err := typed.Write([]byte("r\n")); err != nil {
		t.Fatal(err)
	}
	if got := <-line; got != "r\n" {
		t.Fatalf("got %q", got)
	}
	secret := make(chan string)
	go func() {
		b := make([]byte, 7)
		_, _ = io.ReadFull(in, b) // as a prompt for a secret reads, without the keyboard
		secret <- string(b)
	}()
	if _, err := typed.Write([]byte("hunter2")); err != nil {
		t.Fatal(err)
	}
	if got := <-secret; got != "hunter2" {
		t.Errorf("the secret is %q", got)
	}
	line = k.line(in)
	typed.Close()
	if got, ok := <-line; ok {
		t.Errorf("the input has ended, and it gives %q", got)
	}
	if _, ok := <-k.line(in); ok {
		t.Error("an input that has ended gives a line")
	}
}
