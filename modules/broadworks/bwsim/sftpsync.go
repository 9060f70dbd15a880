package bwsim

import (
	"encoding/binary"
	"io"
	"sync"
)

// The packets that the filter looks at; draft-ietf-secsh-filexfer-02 and
// OpenSSH's PROTOCOL.
const (
	packetVersion  = 2
	packetStatus   = 101
	packetExtended = 200
	syncExtension  = "fsync@openssh.com"
	maxPacket      = 1 << 18
)

// syncFilter stands between the channel and the SFTP server and adds what the
// library lacks: the fsync@openssh.com extension. It works on whole packets.
type syncFilter struct {
	io.ReadWriteCloser
	pending []byte // from the client, not yet read by the server

	mu      sync.Mutex // guards writes: answers come from both sides
	partial []byte     // of the server's current packet
	greeted bool
}

func newSyncFilter(channel io.ReadWriteCloser) *syncFilter {
	return &syncFilter{ReadWriteCloser: channel}
}

// Read gives the server the client's packets but those for fsync.
func (f *syncFilter) Read(p []byte) (int, error) {
	for len(f.pending) == 0 {
		packet, err := readPacket(f.ReadWriteCloser)
		if err != nil {
			return 0, err
		}
		id, ok := syncRequest(packet)
		if !ok {
			f.pending = packet
			break
		}
		// everything is in memory: there is nothing to wait for
		if err := f.answer(id); err != nil {
			return 0, err
		}
	}
	n := copy(p, f.pending)
	f.pending = f.pending[n:]
	return n, nil
}

func readPacket(r io.Reader) ([]byte, error) {
	head := make([]byte, 4)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint32(head)
	if size > maxPacket {
		return nil, io.ErrUnexpectedEOF
	}
	packet := append(head, make([]byte, size)...)
	_, err := io.ReadFull(r, packet[4:])
	return packet, err
}

// syncRequest reads length, type, id and the extension's name.
func syncRequest(packet []byte) (id uint32, ok bool) {
	const head = 4 + 1 + 4 + 4
	if len(packet) < head || packet[4] != packetExtended {
		return 0, false
	}
	name := packet[head:]
	if n := binary.BigEndian.Uint32(packet[9:]); int(n) > len(name) || string(name[:n]) != syncExtension {
		return 0, false
	}
	return binary.BigEndian.Uint32(packet[5:]), true
}

// answer sends the status OK.
func (f *syncFilter) answer(id uint32) error {
	body := []byte{packetStatus}
	body = binary.BigEndian.AppendUint32(body, id)
	body = append(body, make([]byte, 12)...) // SSH_FX_OK, no text, no language
	f.mu.Lock()
	defer f.mu.Unlock()
	_, err := f.ReadWriteCloser.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...))
	return err
}

// Write collects the server's bytes and sends whole packets; the first is the
// version, to which the extension is added.
func (f *syncFilter) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.partial = append(f.partial, p...)
	for len(f.partial) >= 4 {
		size := 4 + int(binary.BigEndian.Uint32(f.partial))
		if len(f.partial) < size {
			break
		}
		packet := f.partial[:size]
		if !f.greeted && packet[4] == packetVersion {
			f.greeted = true
			packet = withExtension(packet, syncExtension, "1")
		}
		if _, err := f.ReadWriteCloser.Write(packet); err != nil {
			return 0, err
		}
		f.partial = f.partial[size:]
	}
	return len(p), nil
}

// withExtension appends a pair to a version packet.
func withExtension(packet []byte, pair ...string) []byte {
	body := append([]byte(nil), packet[4:]...)
	for _, text := range pair {
		body = binary.BigEndian.AppendUint32(body, uint32(len(text)))
		body = append(body, text...)
	}
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...)
}
