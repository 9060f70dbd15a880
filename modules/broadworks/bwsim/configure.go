package bwsim

import "fmt"

// Configure changes the stored configuration without anybody typing anything:
// so a test begins in the middle. Secure interfaces without a certificate get a
// self-signed one. Listeners go on as before until a restart or Activate.
func (h *Host) Configure(change func(*Config)) error {
	self, err := selfSigned(h.Name())
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	draft := h.stored.clone()
	change(&draft)
	for i := range draft.CTI {
		draft.CTI[i].fill(self)
	}
	for i := range draft.HTTP {
		draft.HTTP[i].fill(self)
	}
	draft.sort()
	h.stored = draft
	return nil
}

func (s *SSLSettings) fill(self Certificate) {
	if len(s.Certificate.Chain) == 0 {
		s.Certificate = self
	}
}

// Activate makes the stored configuration the active one, as if the server had
// been restarted before the test began: nothing is recorded, no process is new
// and no session notices, but the interfaces are opened anew.
func (h *Host) Activate() {
	h.serving.Lock()
	defer h.serving.Unlock()
	h.mu.Lock()
	h.active = h.stored.clone()
	serves := len(h.down) == 0
	h.mu.Unlock()
	h.closeInterfaces()
	if serves {
		h.openInterfaces()
	}
}

// Certificate reads a certificate with its key from files of the host, as
// sslUpdate does; chainPath may be "".
func (h *Host) Certificate(keyPath, certPath, chainPath string) (Certificate, error) {
	given, refused := h.readKeyPair(keyPath, certPath, chainPath)
	if refused != nil {
		return Certificate{}, fmt.Errorf("%s: %s", h.Name(), h.dialect.reason(refused.problem, refused.args...))
	}
	return given, nil
}
