package bwsim

import (
	"fmt"
	"strings"
)

// inventory writes the fleet in muster's inventory language. Paths in it are
// relative to the inventory's directory.
func inventory(f *Fleet) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# A simulated fleet: valid while bwsim runs.\n\ndefaults {\n")
	fmt.Fprintf(&b, "  user        = %q\n  port        = %d\n", f.opts.User, f.opts.Port)
	fmt.Fprintf(&b, "  ssh_key     = \"id_ed25519\"\n  known_hosts = \"known_hosts\"\n}\n")
	writeGroup(&b, "as", f.hosts, func(r Role) bool { return r == AS })
	writeGroup(&b, "xsp", f.hosts, func(r Role) bool { return r != AS })
	for _, h := range f.hosts {
		fmt.Fprintf(&b, "\nhost %q {\n  address = %q\n  data    = { %s }\n}\n", h.Name(), h.addr, strings.Join(h.data(), ", "))
	}
	return b.String()
}

func writeGroup(b *strings.Builder, name string, hosts []*Host, belongs func(Role) bool) {
	var names []string
	for _, h := range hosts {
		if belongs(h.Role()) {
			names = append(names, fmt.Sprintf("    %q,\n", h.Name()))
		}
	}
	if len(names) > 0 {
		fmt.Fprintf(b, "\ngroup %q {\n  hosts = [\n%s  ]\n}\n", name, strings.Join(names, ""))
	}
}

// httpsPort is what is assumed of a host whose data has no http_port.
const httpsPort = 443

// data is what the modules read of a host.
func (h *Host) data() []string {
	var pairs []string
	if h.opts.Site != "" {
		pairs = append(pairs, fmt.Sprintf("site = %q", h.opts.Site))
	}
	if h.cti != h.addr {
		pairs = append(pairs, fmt.Sprintf("cti_address = %q, http_address = %q", h.cti, h.cti))
	}
	if port := h.fleet.opts.HTTPSPort; port != httpsPort && h.opts.Role != AS {
		pairs = append(pairs, fmt.Sprintf("http_port = %d", port))
	}
	if h.demandsLogin() {
		pairs = append(pairs, fmt.Sprintf("bwcli_user = %q", h.fleet.opts.CLIUser), `bwcli_password = secret("file", "bwcli_password")`)
	}
	return pairs
}
