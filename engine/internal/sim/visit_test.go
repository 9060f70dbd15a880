package sim

import (
	"encoding/binary"
	"net"

	"golang.org/x/crypto/ssh"
)

// visit is one connection to a host, on the host's side.
type visit struct {
	host  *host
	by    *process
	epoch int
	link  *link
}

// note puts on the record what this connection did.
func (v *visit) note(kind, what string) {
	v.host.w.mu.Lock()
	defer v.host.w.mu.Unlock()
	v.host.w.note(v.host, v.by, kind, what)
}

func (v *visit) serve(c net.Conn) {
	defer c.Close()
	conn, chans, reqs, err := ssh.NewServerConn(c, v.host.config)
	if err != nil {
		return
	}
	w := v.host.w
	w.serving.Go(func() {
		for r := range reqs {
			if r.WantReply {
				_ = r.Reply(false, nil)
			}
		}
	})
	for nc := range chans {
		if nc.ChannelType() != "session" {
			_ = nc.Reject(ssh.UnknownChannelType, "sessions only")
			continue
		}
		if ch, reqs, err := nc.Accept(); err == nil {
			w.serving.Go(func() { v.session(ch, reqs) })
		}
	}
	_ = conn.Wait()
}

func (v *visit) session(ch ssh.Channel, reqs <-chan *ssh.Request) {
	for r := range reqs {
		known := r.Type == "exec" || r.Type == "subsystem"
		if r.WantReply {
			_ = r.Reply(known, nil)
		}
		switch r.Type {
		case "exec":
			line := string(r.Payload[4:])
			v.host.w.serving.Go(func() {
				status := v.run(line, ch)
				_, _ = ch.SendRequest("exit-status", false, binary.BigEndian.AppendUint32(nil, status))
				_ = ch.Close()
			})
		case "subsystem":
			v.host.w.serving.Go(func() {
				v.files(ch)
				_ = ch.Close()
			})
		}
	}
}
