package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"sync"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// job is what bench-loop does to one host.
type job struct {
	Addr  string
	Steps []step
}

// step is a line to type, with the end of the output that says that it is done, or a file to write or to remove.
type step struct {
	Type, Until string
	Times       int // how often to type it; 0 is once

	Write   string
	Content []byte
	Remove  string
}

// loopForks is how many hosts the loop works on at once, as many as the run beside it.
const loopForks = 50

// benchLoop is the program bench-loop, the floor: what somebody would write by hand who knows in advance every line, every
// prompt and every file of every host. It has one connection and one session for each host, and types the lines; it
// compares nothing, reads nothing back and repairs nothing. It prints the seconds spent on steps with Times.
//
//	bench-loop LAB JOBS
func benchLoop() {
	if err := runLoop(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "bench-loop:", err)
		os.Exit(1)
	}
}

func runLoop(lab, jobsFile string) error {
	text, err := os.ReadFile(jobsFile)
	if err != nil {
		return err
	}
	var jobs []job
	if err := json.Unmarshal(text, &jobs); err != nil {
		return err
	}
	config, err := loopConfig(lab)
	if err != nil {
		return err
	}
	next := make(chan job)
	failed := make(chan error, len(jobs))
	var workers sync.WaitGroup
	for range min(loopForks, len(jobs)) {
		workers.Go(func() {
			for j := range next {
				if err := j.run(config); err != nil {
					failed <- fmt.Errorf("%s: %w", j.Addr, err)
				}
			}
		})
	}
	for _, j := range jobs {
		next <- j
	}
	close(next)
	workers.Wait()
	close(failed)
	var all []error
	for err := range failed {
		all = append(all, err)
	}
	return errors.Join(all...)
}

func loopConfig(lab string) (*ssh.ClientConfig, error) {
	text, err := os.ReadFile(filepath.Join(lab, "id_ed25519"))
	if err != nil {
		return nil, err
	}
	key, err := ssh.ParsePrivateKey(text)
	if err != nil {
		return nil, err
	}
	known, err := knownhosts.New(filepath.Join(lab, "known_hosts"))
	if err != nil {
		return nil, err
	}
	return &ssh.ClientConfig{User: "bwadmin", Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: known}, nil
}

func (j *job) run(config *ssh.ClientConfig) error {
	client, err := ssh.Dial("tcp", j.Addr, config)
	if err != nil {
		return err
	}
	defer client.Close()
	t, err := openTerminal(client)
	if err != nil {
		return err
	}
	f := &uploads{client: client, made: map[string]bool{}}
	for _, s := range j.Steps {
		switch {
		case s.Write != "":
			err = f.write(s.Write, s.Content)
		case s.Remove != "":
			err = f.remove(s.Remove)
		case s.Times > 0:
			err = t.repeat(s)
		default:
			err = t.ask(s.Type, s.Until)
		}
		if err != nil {
			return fmt.Errorf("%q%s%s: %w", s.Type, s.Write, s.Remove, err)
		}
	}
	return nil
}

// terminal is the one session on a PTY.
type terminal struct {
	in  interface{ Write([]byte) (int, error) }
	out interface{ Read([]byte) (int, error) }
	buf []byte
	got []byte
}

func openTerminal(client *ssh.Client) (*terminal, error) {
	s, err := client.NewSession()
	if err != nil {
		return nil, err
	}
	t := &terminal{buf: make([]byte, 32<<10)}
	if t.in, err = s.StdinPipe(); err != nil {
		return nil, err
	}
	if t.out, err = s.StdoutPipe(); err != nil {
		return nil, err
	}
	if err := s.RequestPty("dumb", 1000, 1000, ssh.TerminalModes{ssh.ECHO: 1}); err != nil {
		return nil, err
	}
	if err := s.Shell(); err != nil {
		return nil, err
	}
	return t, t.wait("$ ")
}

func (t *terminal) ask(line, until string) error {
	if _, err := t.in.Write([]byte(line + "\r")); err != nil {
		return err
	}
	return t.wait(until)
}

func (t *terminal) wait(until string) error {
	for t.got = t.got[:0]; !bytes.HasSuffix(t.got, []byte(until)); {
		n, err := t.out.Read(t.buf)
		t.got = append(t.got, t.buf[:n]...)
		if err != nil {
			return fmt.Errorf("%w after %q", err, t.got)
		}
	}
	return nil
}

func (t *terminal) repeat(s step) error {
	begin := time.Now()
	for range s.Times {
		if err := t.ask(s.Type, s.Until); err != nil {
			return err
		}
	}
	fmt.Println(time.Since(begin).Seconds())
	return nil
}

// uploads is SFTP, opened with the first file.
type uploads struct {
	client *ssh.Client
	sftp   *sftp.Client
	made   map[string]bool
}

func (u *uploads) open() (err error) {
	if u.sftp == nil {
		u.sftp, err = sftp.NewClient(u.client)
	}
	return err
}

func (u *uploads) write(name string, content []byte) error {
	if err := u.open(); err != nil {
		return err
	}
	if dir := path.Dir(name); !u.made[dir] {
		if err := u.sftp.MkdirAll(dir); err != nil {
			return err
		}
		u.made[dir] = true
	}
	f, err := u.sftp.Create(name)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}

func (u *uploads) remove(name string) error {
	if err := u.open(); err != nil {
		return err
	}
	return u.sftp.Remove(name)
}
