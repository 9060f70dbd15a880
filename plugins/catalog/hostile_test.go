package catalog_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/muster-run/muster/plugins/catalog"
	"github.com/muster-run/muster/plugins/sdk"
	"github.com/muster-run/muster/plugins/serve"
)

// misbehave does what a mode says before, or instead of, serving.
func misbehave(mode string) {
	cert := ""
	switch mode {
	case "good":
		return
	case "exit":
		fmt.Fprintln(os.Stderr, "panic: no \x1b[31mconfiguration")
		os.Exit(7)
	case "silent exit":
		os.Exit(0)
	case "garbage":
		fmt.Println("hello \x1b]0;title\x07 there")
	case "long line":
		fmt.Println(strings.Repeat("x", 100_000))
	case "binary":
		fmt.Print("\x00\xff\xfe|\n||||\n")
	case "tcp":
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			panic(err)
		}
		fmt.Printf("1|1|tcp|%s|grpc|%s\n", l.Addr(), cert)
	case "elsewhere":
		path := filepath.Join(os.TempDir(), "s")
		if _, err := net.Listen("unix", path); err != nil {
			panic(err)
		}
		fmt.Printf("1|1|unix|%s|grpc|%s\n", path, cert)
	case "relative":
		fmt.Println("1|1|unix|../s|grpc|")
	case "regular file":
		path := filepath.Join(os.Getenv("PLUGIN_UNIX_SOCKET_DIR"), "f")
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			panic(err)
		}
		fmt.Printf("1|1|unix|%s|grpc|\n", path)
	case "net rpc":
		path := filepath.Join(os.Getenv("PLUGIN_UNIX_SOCKET_DIR"), "s")
		if _, err := net.Listen("unix", path); err != nil {
			panic(err)
		}
		fmt.Printf("1|1|unix|%s|netrpc|\n", path)
	case "no answer":
		path := filepath.Join(os.Getenv("PLUGIN_UNIX_SOCKET_DIR"), "s")
		if _, err := net.Listen("unix", path); err != nil {
			panic(err)
		}
		fmt.Printf("1|1|unix|%s|grpc|\n", path)
	case "version":
		fmt.Println("1|2|unix|/x|grpc|")
	case "hang":
	case "bad description":
		serve.Main(&misdescribed{})
	case "other modules":
		serve.Main(&plain{})
	case "endless log":
		line := strings.Repeat("log ", 100)
		for range 20_000 {
			fmt.Fprintln(os.Stderr, line)
		}
		return
	case "escapee":
		// A child in a session of its own, holding our output.
		child := exec.Command("/bin/sleep", "1000")
		child.SysProcAttr = escaped()
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		if err := child.Start(); err != nil {
			panic(err)
		}
		fmt.Fprintln(os.Stderr, "child", child.Process.Pid)
		return
	default:
		panic("no mode " + mode)
	}
	select {}
}

// misdescribed is a module that the engine would refuse.
type misdescribed struct{ plain }

func (*misdescribed) Describe() sdk.Description {
	return sdk.Description{Name: "Not A Name", Kind: sdk.State}
}

func escaped() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

// engine is the victim of TestEngineDies: it prints the numbers of its plugin and of a child of that and waits.
func engine() {
	c, err := catalog.New(catalog.Options{Bundled: []catalog.Bundled{self("good")}})
	if err != nil {
		panic(err)
	}
	m, err := c.Module(context.Background(), "probe")
	if err != nil {
		panic(err)
	}
	var said []any
	for _, do := range []string{"pid", "child"} {
		r, err := m.Apply(context.Background(), request(nil, do, ""))
		if err != nil {
			panic(err)
		}
		said = append(said, r.Outputs.Attr("said").AsString())
	}
	fmt.Println(said...)
	select {}
}
