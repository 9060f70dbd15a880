package bwsim_test

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

// one is a fleet of one XSP with a connection.
func one(t *testing.T) (*bwsim.Fleet, *bwsim.Host, *ssh.Client) {
	t.Helper()
	f := start(t, bwsim.Options{XSPCount: 1})
	h := f.Hosts()[0]
	return f, h, dial(t, f, h)
}

// inTrusts opens bwcli at a level where something can be typed.
func inCertificateAuthentication(t *testing.T, client *ssh.Client) *console {
	t.Helper()
	c := open(t, client)
	c.until("$ ")
	c.send("bwcli")
	c.until("XSP_CLI> ")
	c.send("cd /System/CommunicationUtility/DefaultSettings/ExternalAuthentication/CertificateAuthentication")
	c.until("CertificateAuthentication> ")
	return c
}

func TestDropInTheMiddleOfACommand(t *testing.T) {
	for name, effect := range map[string]bool{"before its effect": false, "after its effect": true} {
		t.Run(name, func(t *testing.T) {
			_, h, client := one(t)
			c := inCertificateAuthentication(t, client)
			h.Fault(bwsim.Fault{Kind: bwsim.Drop, Match: "set allowClientApp", AfterEffect: effect})
			c.send("set allowClientApp true")
			if seen := c.awaitEnd(); strings.Contains(seen, "> \n") || strings.HasSuffix(seen, "> ") {
				t.Errorf("a prompt came back: %q", seen)
			}
			if h.Stored().AllowClientApp != effect {
				t.Errorf("stored %v", h.Stored().AllowClientApp)
			}
			if client.Wait() == nil {
				t.Error("the connection was closed in good order")
			}
		})
	}
}

func TestHangEndsWithTheChannel(t *testing.T) {
	_, h, client := one(t)
	c := inCertificateAuthentication(t, client)
	remove := h.Fault(bwsim.Fault{Kind: bwsim.Hang, Match: "get", Skip: 1, Times: 1})
	c.send("get")
	c.until("CertificateAuthentication> ")
	c.send("get")
	c.until("get\r\n")
	remove()
	if out, _ := run(t, client, "echo another channel works"); out != "another channel works\n" {
		t.Error(out)
	}
	c.session.Close()
	c.awaitEnd()
}

func TestRefuse(t *testing.T) {
	_, h, client := one(t)
	c := inCertificateAuthentication(t, client)
	remove := h.Fault(bwsim.Fault{Kind: bwsim.Refuse, Match: "set", Text: "You do not have sufficient privileges."})
	c.send("set allowClientApp true")
	if got := c.until("CertificateAuthentication> "); !strings.HasPrefix(got, "set allowClientApp true\nYou do not have sufficient privileges.\nXSP_CLI") {
		t.Errorf("got %q", got)
	}
	remove()
	h.Fault(bwsim.Fault{Kind: bwsim.Refuse, Match: "restartbw"})
	if out, status := run(t, client, "restartbw"); status != 1 || !strings.HasPrefix(out, "[Error] ") {
		t.Errorf("%d, %q", status, out)
	}
	if h.Stored().AllowClientApp {
		t.Error("a refused command took effect")
	}
}

func TestUnreachableAndBack(t *testing.T) {
	f, h, client := one(t)
	remove := h.Fault(bwsim.Fault{Kind: bwsim.Unreachable})
	if client.Wait() == nil {
		t.Error("the connection was closed in good order")
	}
	if _, err := ssh.Dial("tcp", h.SSHAddr(), clientConfig(f, h)); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("got %v", err)
	}
	remove()
	dial(t, f, h)
}

func TestAuthRefusedAndChangedHostKey(t *testing.T) {
	f, h, _ := one(t)
	h.Fault(bwsim.Fault{Kind: bwsim.AuthRefused})
	if _, err := ssh.Dial("tcp", h.SSHAddr(), clientConfig(f, h)); err == nil || !strings.Contains(err.Error(), "unable to authenticate") {
		t.Errorf("got %v", err)
	}
	h.ClearFaults()
	config := clientConfig(f, h)
	if err := h.ChangeHostKey(); err != nil {
		t.Fatal(err)
	}
	if _, err := ssh.Dial("tcp", h.SSHAddr(), config); err == nil || !strings.Contains(err.Error(), "host key mismatch") {
		t.Errorf("got %v", err)
	}
	dial(t, f, h)
}

func TestStrangersAreRefused(t *testing.T) {
	f, h, _ := one(t)
	config := clientConfig(f, h)
	config.User = "root"
	if _, err := ssh.Dial("tcp", h.SSHAddr(), config); err == nil {
		t.Error("root may log in")
	}
}

func upload(t *testing.T, client *ssh.Client, path string, data []byte) (*sftp.Client, error) {
	t.Helper()
	files, err := sftp.NewClient(client)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { files.Close() })
	file, err := files.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return files, err
	}
	if _, err := file.Write(data); err != nil {
		return files, err
	}
	if err := file.Chmod(0o600); err != nil {
		return files, err
	}
	if err := file.Sync(); err != nil {
		return files, err
	}
	return files, file.Close()
}

func TestAtomicUpload(t *testing.T) {
	f, h, client := one(t)
	if err := h.WriteFile("/var/broadworks/tmp/root.txt", []byte("old")); err != nil {
		t.Fatal(err)
	}
	files, err := upload(t, client, "/var/broadworks/tmp/.root.tmp", []byte("new"))
	if err != nil {
		t.Fatal(err)
	}
	if err := files.Rename("/var/broadworks/tmp/.root.tmp", "/var/broadworks/tmp/root.txt"); err == nil {
		t.Error("a plain rename replaced a file")
	}
	if err := files.PosixRename("/var/broadworks/tmp/.root.tmp", "/var/broadworks/tmp/root.txt"); err != nil {
		t.Fatal(err)
	}
	info, err := files.Stat("/var/broadworks/tmp/root.txt")
	if err != nil || info.Size() != 3 || info.Mode() != 0o600 {
		t.Errorf("got %v, %v", info, err)
	}
	if out, _ := run(t, client, "cat /var/broadworks/tmp/root.txt; ls -a /var/broadworks/tmp"); out != "newroot.txt\n" {
		t.Errorf("got %q", out)
	}
	if _, err := files.Stat("/nothing"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	var wrote, renamed bool
	for _, e := range f.Record() {
		wrote = wrote || e.Kind == bwsim.FileWrite && e.Path == "/var/broadworks/tmp/.root.tmp" && e.Size == 3 &&
			e.SHA256 == "11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437"
		renamed = renamed || e.Kind == bwsim.FileRename && e.Path == "/var/broadworks/tmp/root.txt"
	}
	if !wrote || !renamed {
		t.Errorf("the record lacks the upload: %+v", f.Record())
	}
}

func TestFullDiskRefusesUpload(t *testing.T) {
	_, h, client := one(t)
	remove := h.Fault(bwsim.Fault{Kind: bwsim.DiskFull, Bytes: 2})
	if _, err := upload(t, client, "/tmp/a", []byte("three")); err == nil {
		t.Error("wrote to a full disk")
	}
	remove()
	if _, err := upload(t, client, "/tmp/b", []byte("three")); err != nil {
		t.Error(err)
	}
}

func TestCutUpload(t *testing.T) {
	_, h, client := one(t)
	h.Fault(bwsim.Fault{Kind: bwsim.CutUpload, Bytes: 3})
	if _, err := upload(t, client, "/tmp/a", []byte("seven77")); err == nil {
		t.Fatal("the upload was not cut")
	}
	if data, err := h.ReadFile("/tmp/a"); err != nil || string(data) != "sev" {
		t.Errorf("got %q, %v", data, err)
	}
	if client.Wait() == nil {
		t.Error("the connection was closed in good order")
	}
}
