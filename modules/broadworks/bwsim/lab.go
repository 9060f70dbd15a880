package bwsim

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// WriteLab writes what a user of the fleet needs into dir, which is made when
// missing: id_ed25519 and id_ed25519.pub, known_hosts, inventory.hcl (groups as
// and xsp; ADP hosts are in xsp), certs/HOST.key and certs/HOST.crt for every
// XSP and ADP, certs/chain.pem (intermediate, then root) of a throw-away CA,
// CombinedCertChain2023.txt (root, then issuing certificate of a fake Webex
// client CA), and client.crt and client.key, issued by it with the common name
// bwcticlient.webex.com. CTI and HTTP interfaces share the certificates. Where an AS demands the bwcli login, bwcli_password
// holds the password. Files that are there already are replaced.
func WriteLab(dir string, f *Fleet) error {
	files := labFiles{}
	if err := files.access(f); err != nil {
		return err
	}
	if err := files.servers(f); err != nil {
		return err
	}
	if err := files.webex(); err != nil {
		return err
	}
	files.public("inventory.hcl", inventory(f))
	return files.write(dir)
}

// labFiles are the files by their path below the lab's directory.
type labFiles map[string]labFile

type labFile struct {
	data string
	mode os.FileMode
}

func (l labFiles) public(name, data string) { l[name] = labFile{data, 0o644} }
func (l labFiles) secret(name, data string) { l[name] = labFile{data, 0o600} }

func (l labFiles) write(dir string) error {
	for name, file := range l {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("write the lab: %w", err)
		}
		if err := os.WriteFile(path, []byte(file.data), file.mode); err != nil {
			return fmt.Errorf("write the lab: %w", err)
		}
		// WriteFile keeps the mode of a file that exists
		if err := os.Chmod(path, file.mode); err != nil {
			return fmt.Errorf("write the lab: %w", err)
		}
	}
	return nil
}

// access is what SSH and the bwcli login need.
func (l labFiles) access(f *Fleet) error {
	block, err := ssh.MarshalPrivateKey(f.key, "bwsim")
	if err != nil {
		return fmt.Errorf("write the SSH key: %w", err)
	}
	l.secret("id_ed25519", encodePEM(block))
	l.public("id_ed25519.pub", string(ssh.MarshalAuthorizedKey(f.user.PublicKey())))
	known := ""
	for _, h := range f.hosts {
		address := net.JoinHostPort(h.addr.String(), strconv.Itoa(f.opts.Port))
		known += knownhosts.Line([]string{address}, h.HostKey()) + "\n"
		if h.demandsLogin() {
			l.secret("bwcli_password", f.opts.CLIPassword)
		}
	}
	l.public("known_hosts", known)
	return nil
}
