package catalog_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"

	"github.com/muster-run/muster/plugins/sdk"
)

// action is something that the probe can be asked to do, in the plugin's process.
type action func(ctx context.Context, req *sdk.Request, text string, key *sdk.Handle) (string, error)

var actions map[string]action

func init() { // a map that calls what reads the map cannot be initialised in place
	actions = map[string]action{
		"echo": echo, "run": run, "shell": shell, "keep shell": keepShell, "put": put, "file": files, "dial": dial, "sign": sign,
		"panic": func(context.Context, *sdk.Request, string, *sdk.Handle) (string, error) { panic("boom") },
		"effect, panic": func(ctx context.Context, req *sdk.Request, _ string, _ *sdk.Handle) (string, error) {
			_, _ = req.Conn.Run(ctx, sdk.Command{Argv: []string{"rm"}, Effect: sdk.Once})
			panic("boom")
		},
		"goexit": func(context.Context, *sdk.Request, string, *sdk.Handle) (string, error) {
			runtime.Goexit()
			return "", nil
		},
		"fail": fail,
		"unfinished": func(_ context.Context, req *sdk.Request, _ string, _ *sdk.Handle) (string, error) {
			return fmt.Sprintf("%+v", req.Unfinished), nil
		},
		"exit":        func(context.Context, *sdk.Request, string, *sdk.Handle) (string, error) { os.Exit(3); return "", nil },
		"effect, die": effectDie,
		"hang":        func(context.Context, *sdk.Request, string, *sdk.Handle) (string, error) { select {} },
		"wait": func(ctx context.Context, _ *sdk.Request, _ string, _ *sdk.Handle) (string, error) {
			<-ctx.Done()
			return "", &sdk.Failure{Class: sdk.Timeout, Summary: "waited for the prompt", Err: ctx.Err()}
		},
		"stop": func(context.Context, *sdk.Request, string, *sdk.Handle) (string, error) {
			_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
			select {}
		},
		"huge": func(context.Context, *sdk.Request, string, *sdk.Handle) (string, error) {
			return strings.Repeat("x", 5<<20), nil
		},
		"chatter":      chatter,
		"remember":     remember,
		"use again":    useAgain,
		"surroundings": surroundings,
		"child":        child,
		"pid": func(context.Context, *sdk.Request, string, *sdk.Handle) (string, error) {
			return fmt.Sprint(os.Getpid()), nil
		},
	}
}

func echo(_ context.Context, req *sdk.Request, text string, _ *sdk.Handle) (string, error) {
	req.Report.Log("logged " + text)
	req.Report.Progress("on " + req.Host.Name)
	return text + " at " + req.Data.Attr("site").AsString(), nil
}

func run(ctx context.Context, req *sdk.Request, text string, _ *sdk.Handle) (string, error) {
	r, err := req.Conn.Run(ctx, sdk.Command{Argv: strings.Fields(text), Effect: sdk.Read, Stdin: []byte("in")})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d %s %s", r.Status, r.Stdout, r.Stderr), nil
}

func shell(ctx context.Context, req *sdk.Request, text string, _ *sdk.Handle) (string, error) {
	sh, err := req.Conn.Shell(ctx, "cli")
	if err != nil {
		return "", err
	}
	defer sh.Close()
	return converse(ctx, sh, text)
}

func converse(ctx context.Context, sh sdk.Shell, text string) (string, error) {
	n, _ := sh.Memory().Value.(int)
	sh.Memory().Value = n + 1
	if err := sh.SendLine(ctx, sdk.Line{Text: text, Effect: sdk.Once}); err != nil {
		return "", err
	}
	var got strings.Builder
	for !strings.HasSuffix(got.String(), "> ") {
		b, err := sh.Receive(ctx)
		if err == io.EOF {
			return got.String() + "EOF", nil
		}
		if err != nil {
			return "", err
		}
		got.Write(b)
	}
	return fmt.Sprintf("generation %d, visit %d: %s", sh.Generation(), n+1, got.String()), nil
}

// keepShell forgets to close.
func keepShell(ctx context.Context, req *sdk.Request, text string, _ *sdk.Handle) (string, error) {
	sh, err := req.Conn.Shell(ctx, "cli")
	if err != nil {
		return "", err
	}
	return converse(ctx, sh, text)
}

func put(ctx context.Context, req *sdk.Request, text string, _ *sdk.Handle) (string, error) {
	big := strings.Repeat(text, 1<<20/len(text)*5) // more than one message
	return "", req.Conn.Put(ctx, sdk.Put{Path: "/tmp/x", Mode: 0o640, Content: []byte(big), MakeDirs: true})
}

// files goes through every operation on files.
func files(ctx context.Context, req *sdk.Request, name string, _ *sdk.Handle) (string, error) {
	c := req.Conn
	if _, err := c.Get(ctx, name); err == nil {
		return "", fmt.Errorf("%s is there already", name)
	}
	if err := c.Put(ctx, sdk.Put{Path: name, Content: []byte("content")}); err != nil {
		return "", err
	}
	b, err := c.Get(ctx, name)
	if err != nil {
		return "", err
	}
	info, err := c.Stat(ctx, name)
	if err != nil {
		return "", err
	}
	h, err := c.GetSecret(ctx, name)
	if err != nil {
		return "", err
	}
	if err := c.Put(ctx, sdk.Put{Path: name + ".copy", Secret: &h}); err != nil {
		return "", err
	}
	if err := c.Remove(ctx, name); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s %d %v %s %s", b, info.Size, info.Mode, info.SHA256[:8], h.Name), nil
}

func dial(ctx context.Context, req *sdk.Request, text string, _ *sdk.Handle) (string, error) {
	conn, err := req.Conn.Dial(ctx, sdk.Dial{Port: 8012, From: sdk.FromControl})
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if _, err := conn.Write([]byte(text)); err != nil {
		return "", err
	}
	if req.Data.Attr("site").AsString() == "hang up" {
		return "", conn.Close()
	}
	b, err := io.ReadAll(conn)
	return fmt.Sprintf("%s %v %s", conn.RemoteAddr(), err, b), nil
}

func sign(ctx context.Context, req *sdk.Request, text string, key *sdk.Handle) (string, error) {
	s, err := req.Conn.Signer(ctx, *key)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(text))
	sig, err := s.Sign(rand.Reader, sum[:], crypto.SHA256)
	return hex.EncodeToString(sig), err
}

func fail(context.Context, *sdk.Request, string, *sdk.Handle) (string, error) {
	return "", fmt.Errorf("in the module: %w", &sdk.Failure{Class: sdk.Busy, Summary: "come back", Err: sdk.ErrUnreachable})
}

// effectDie ends the process from a goroutine, where nothing can recover, after something was sent.
func effectDie(ctx context.Context, req *sdk.Request, _ string, _ *sdk.Handle) (string, error) {
	_, _ = req.Conn.Run(ctx, sdk.Command{Argv: []string{"rm"}, Effect: sdk.Idempotent})
	go panic("out of reach")
	select {}
}

func chatter(_ context.Context, req *sdk.Request, _ string, _ *sdk.Handle) (string, error) {
	line := strings.Repeat("chat", 1000)
	for range 1000 {
		req.Report.Log(line)
	}
	return "", nil
}

var remembered sdk.Conn

func remember(_ context.Context, req *sdk.Request, _ string, _ *sdk.Handle) (string, error) {
	remembered = req.Conn
	return "", nil
}

// useAgain uses the connection of a call that has returned.
func useAgain(ctx context.Context, _ *sdk.Request, text string, _ *sdk.Handle) (string, error) {
	switch text {
	case "run":
		_, err := remembered.Run(ctx, sdk.Command{Argv: []string{"id"}, Effect: sdk.Read})
		return "", err
	case "shell":
		_, err := remembered.Shell(ctx, "cli")
		return "", err
	case "dial":
		_, err := remembered.Dial(ctx, sdk.Dial{Port: 1, From: sdk.FromHost})
		return "", err
	default:
		return "", remembered.Put(ctx, sdk.Put{Path: "/x", Content: make([]byte, 3<<20)})
	}
}

// surroundings tells what a plugin sees of the world: environment, standard input, terminal, directory.
func surroundings(context.Context, *sdk.Request, string, *sdk.Handle) (string, error) {
	var names []string
	for _, e := range os.Environ() {
		names = append(names, strings.SplitN(e, "=", 2)[0])
	}
	in, err := io.ReadAll(os.Stdin)
	_, tty := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	dir, _ := os.Getwd()
	entries, _ := os.ReadDir(dir)
	return fmt.Sprintf("env %v; stdin %q %v; tty %t; %d files in its directory; leads its group %t",
		names, in, err, tty == nil, len(entries), syscall.Getpgrp() == os.Getpid()), nil
}

func child(context.Context, *sdk.Request, string, *sdk.Handle) (string, error) {
	cmd := exec.Command("/bin/sleep", "1000")
	if err := cmd.Start(); err != nil {
		return "", err
	}
	return fmt.Sprint(cmd.Process.Pid), nil
}
