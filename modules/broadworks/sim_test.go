package broadworks

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pkg/sftp"
	"github.com/zclconf/go-cty/cty"
	"golang.org/x/crypto/ssh"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
	"github.com/muster-run/muster/plugins/sdk"
)

// lab is a simulated fleet with the files of its users.
type lab struct {
	*bwsim.Fleet
	dir string
}

func newLab(t *testing.T, o bwsim.Options) *lab {
	t.Helper()
	f, err := bwsim.Start(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	l := &lab{Fleet: f, dir: t.TempDir()}
	if err := bwsim.WriteLab(l.dir, f); err != nil {
		t.Fatal(err)
	}
	return l
}

func (l *lab) read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(l.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// simConn is a sdk.Conn over a real SSH connection, as plain as it can be.
type simConn struct {
	t    *testing.T
	lab  *lab
	host *bwsim.Host
	key  ssh.Signer
	user string
	size int // of what Receive returns; 0 is as it comes

	mu      sync.Mutex
	client  *ssh.Client
	gone    chan struct{} // closed when client is
	shells  map[string]*simShell
	opened  map[string]uint64
	secrets map[string][]byte
}

func (l *lab) conn(t *testing.T, h *bwsim.Host) *simConn {
	c := &simConn{t: t, lab: l, host: h, key: l.UserKey(), user: "bwadmin", shells: map[string]*simShell{}, opened: map[string]uint64{}, secrets: map[string][]byte{}}
	t.Cleanup(c.drop)
	return c
}

func (c *simConn) drop() {
	c.mu.Lock()
	client := c.client
	c.client = nil
	c.mu.Unlock()
	if client != nil {
		_ = client.Close()
	}
}

func unreachable(err error) error { return fmt.Errorf("%w: %w", sdk.ErrUnreachable, err) }

func (c *simConn) dial() (*ssh.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.client != nil {
		return c.client, nil
	}
	client, err := ssh.Dial("tcp", c.host.SSHAddr(), &ssh.ClientConfig{User: c.user, Auth: []ssh.AuthMethod{ssh.PublicKeys(c.key)},
		HostKeyCallback: ssh.FixedHostKey(c.host.HostKey()), Timeout: 10 * time.Second})
	if err != nil {
		return nil, unreachable(err)
	}
	gone := make(chan struct{})
	c.client, c.gone = client, gone
	go func() {
		_ = client.Wait()
		close(gone)
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.client == client {
			c.client = nil
		}
	}()
	return client, nil
}

func (c *simConn) Run(context.Context, sdk.Command) (*sdk.CommandResult, error) {
	return nil, errors.New("not used by these modules")
}

func (c *simConn) files() (*sftp.Client, error) {
	client, err := c.dial()
	if err != nil {
		return nil, err
	}
	type opened struct {
		files *sftp.Client
		err   error
	}
	done := make(chan opened, 1)
	go func() { // a channel that is asked for at the moment when the connection ends is never answered
		s, err := sftp.NewClient(client)
		done <- opened{s, err}
	}()
	select {
	case o := <-done:
		if o.err != nil {
			return nil, unreachable(o.err)
		}
		return o.files, nil
	case <-c.lost():
		return nil, unreachable(io.EOF)
	}
}

func (c *simConn) lost() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.gone
}

func home(p string) string {
	if rest, ok := strings.CutPrefix(p, "~/"); ok {
		return "/export/home/bwadmin/" + rest
	}
	return p
}

func (c *simConn) Put(_ context.Context, p sdk.Put) error {
	s, err := c.files()
	if err != nil {
		return err
	}
	defer s.Close()
	content := p.Content
	if p.Secret != nil {
		content = c.secrets[p.Secret.ID]
	}
	name := home(p.Path)
	if p.MakeDirs {
		if err := s.MkdirAll(path.Dir(name)); err != nil {
			return err
		}
	}
	f, err := s.Create(name + ".part")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Close())
	if err != nil {
		_ = s.Remove(name + ".part")
		return err
	}
	return s.PosixRename(name+".part", name)
}

func (c *simConn) Get(_ context.Context, p string) ([]byte, error) {
	s, err := c.files()
	if err != nil {
		return nil, err
	}
	defer s.Close()
	f, err := s.Open(home(p))
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, sdk.ErrNotExist
		}
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

func (c *simConn) GetSecret(context.Context, string) (sdk.Handle, error) { return sdk.Handle{}, nil }
func (c *simConn) Stat(context.Context, string) (sdk.FileInfo, error)    { return sdk.FileInfo{}, nil }
func (c *simConn) Signer(context.Context, sdk.Handle) (crypto.Signer, error) {
	return nil, errors.New("not used by these modules")
}

func (c *simConn) Remove(_ context.Context, p string) error {
	s, err := c.files()
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.Remove(home(p)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (c *simConn) Dial(ctx context.Context, d sdk.Dial) (net.Conn, error) {
	a := d.Address
	if a == "" {
		a = c.host.Addr().String()
	}
	return (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(a, fmt.Sprint(d.Port)))
}

// simShell is one PTY, kept between calls of Shell.
type simShell struct {
	conn   *simConn
	name   string
	gen    uint64
	sess   *ssh.Session
	in     io.Writer
	out    chan []byte
	rest   []byte
	memory sdk.Memory
}

func (c *simConn) Shell(_ context.Context, name string) (sdk.Shell, error) {
	c.mu.Lock()
	kept := c.shells[name]
	c.mu.Unlock()
	if kept != nil {
		return kept, nil
	}
	var s *simShell
	var err error
	for range 2 {
		s = &simShell{conn: c, name: name, out: make(chan []byte, 1000)}
		opened := make(chan error, 1)
		go func(s *simShell) { opened <- s.open() }(s)
		select {
		case err = <-opened:
		case <-time.After(time.Second):
			// A request on a connection that is just dying is never answered, nor ever refused.
			err = errors.New("no answer")
		}
		if err == nil {
			break
		}
		c.drop() // it may have died without having been noticed yet
	}
	if err != nil {
		return nil, unreachable(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.opened[name]++
	s.gen = c.opened[name]
	c.shells[name] = s
	return s, nil
}

func (s *simShell) open() error {
	client, err := s.conn.dial()
	if err != nil {
		return err
	}
	if s.sess, err = client.NewSession(); err != nil {
		return err
	}
	s.in, _ = s.sess.StdinPipe()
	out, _ := s.sess.StdoutPipe()
	if err := s.sess.RequestPty("dumb", 50, 1000, ssh.TerminalModes{}); err != nil {
		return err
	}
	if err := s.sess.Shell(); err != nil {
		return err
	}
	go func() {
		defer close(s.out)
		for {
			b := make([]byte, 4096)
			n, err := out.Read(b)
			if n > 0 {
				s.out <- b[:n]
			}
			if err != nil {
				return
			}
		}
	}()
	return nil
}

func (s *simShell) Generation() uint64  { return s.gen }
func (s *simShell) Memory() *sdk.Memory { return &s.memory }
func (s *simShell) Close() error        { return nil }
func (s *simShell) SendLine(_ context.Context, l sdk.Line) error {
	text := l.Text
	if l.Secret != nil {
		text = string(s.conn.secrets[l.Secret.ID])
	}
	if _, err := io.WriteString(s.in, text+"\r"); err != nil {
		return unreachable(err)
	}
	return nil
}

func (s *simShell) Interrupt(context.Context) error {
	_, err := io.WriteString(s.in, "\x03")
	return err
}

func (s *simShell) Receive(ctx context.Context) ([]byte, error) {
	if len(s.rest) == 0 {
		select {
		case b, ok := <-s.out:
			if !ok {
				s.Discard()
				return nil, io.EOF
			}
			s.rest = b
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	n := len(s.rest)
	if s.conn.size > 0 {
		n = min(n, s.conn.size)
	}
	b := s.rest[:n]
	s.rest = s.rest[n:]
	return b, nil
}

func (s *simShell) Discard() {
	s.conn.mu.Lock()
	if s.conn.shells[s.name] == s {
		delete(s.conn.shells, s.name)
	}
	s.conn.mu.Unlock()
	_ = s.sess.Close()
}

// secret makes a handle as the engine would.
func (c *simConn) secret(t *testing.T, name string, content []byte) cty.Value {
	t.Helper()
	var id [8]byte
	_, _ = rand.Read(id[:])
	h := sdk.Handle{ID: hex.EncodeToString(id[:]), Name: name, Size: int64(len(content))}
	sum := sha256.Sum256(content)
	h.SHA256 = hex.EncodeToString(sum[:])
	h.PublicKey = publicHalf(content)
	c.secrets[h.ID] = content
	return cty.ObjectVal(map[string]cty.Value{"id": cty.StringVal(h.ID), "name": cty.StringVal(h.Name), "size": cty.NumberIntVal(h.Size),
		"sha256": cty.StringVal(h.SHA256), "public_key": cty.StringVal(h.PublicKey)})
}

func publicHalf(content []byte) string {
	b, rest := pem.Decode(content)
	if b == nil || len(bytes.TrimSpace(rest)) > 0 {
		return ""
	}
	var key any
	for _, parse := range []func([]byte) (any, error){x509.ParsePKCS8PrivateKey,
		func(d []byte) (any, error) { return x509.ParseECPrivateKey(d) }, func(d []byte) (any, error) { return x509.ParsePKCS1PrivateKey(d) }} {
		if k, err := parse(b.Bytes); err == nil {
			key = k
		}
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return ""
	}
	der, _ := x509.MarshalPKIXPublicKey(signer.Public())
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func file(name, text string) cty.Value {
	return cty.ObjectVal(map[string]cty.Value{"path": cty.StringVal(name), "text": cty.StringVal(text)})
}

// args completes arguments by a schema, as the engine does.
func args(s sdk.Schema, given map[string]cty.Value) cty.Value {
	all := map[string]cty.Value{}
	for _, a := range s.Attributes {
		switch v, ok := given[a.Name]; {
		case ok:
			all[a.Name] = v
		case a.Default != cty.NilVal:
			all[a.Name] = a.Default
		default:
			all[a.Name] = cty.NullVal(a.ReceivedType())
		}
	}
	for _, b := range s.Blocks {
		if v, ok := given[b.Name]; ok {
			all[b.Name] = v
		} else {
			all[b.Name] = cty.NullVal(b.Schema.Type())
		}
	}
	return cty.ObjectVal(all)
}

type reporter struct{ t *testing.T }

func (r reporter) Log(text string)   {}
func (r reporter) Progress(s string) {}

func (c *simConn) request(m sdk.Module, given, data map[string]cty.Value) *sdk.Request {
	d := m.Describe()
	r := &sdk.Request{Host: sdk.Host{Name: c.host.Name(), Address: c.host.Addr().String()}, Conn: c, Report: reporter{c.t},
		Args: sdk.Object{Value: args(d.Args, given)}}
	if c.host.CTIAddr() != c.host.Addr() && c.host.CTIAddr() != (netip.Addr{}) {
		if data == nil {
			data = map[string]cty.Value{}
		}
		data["cti_address"] = cty.StringVal(c.host.CTIAddr().String())
	}
	r.Data = sdk.Object{Value: args(sdk.Schema{Attributes: d.HostData}, data)}
	return r
}

// check and apply run a module and fail the test when it fails.
func check(t *testing.T, m sdk.Module, r *sdk.Request) *sdk.CheckResult {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	res, err := m.Check(ctx, r)
	if err != nil {
		t.Fatalf("%s %s: check: %s", r.Host.Name, m.Describe().Name, explain(err))
	}
	return res
}

func apply(t *testing.T, m sdk.Module, r *sdk.Request) *sdk.ApplyResult {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	res, err := m.Apply(ctx, r)
	if err != nil {
		t.Fatalf("%s %s: apply: %s", r.Host.Name, m.Describe().Name, explain(err))
	}
	return res
}

func explain(err error) string {
	f := (*sdk.Failure)(nil)
	if errors.As(err, &f) {
		return fmt.Sprintf("%s\nclass %s\nwhat: %s\nwhy: %s\nstate: %s\ndo: %v\nerr: %v", f.Summary, f.Class, f.What, f.Why, f.State, f.Do, f.Err)
	}
	return err.Error()
}
