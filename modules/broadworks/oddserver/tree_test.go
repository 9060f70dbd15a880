package oddserver

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// command carries out what was typed in a level. It runs with the host's mu held, and returns its output, or a refusal.
type command func(h *host, args []string) (string, error)

// level is a context of bwcli.
type level struct {
	name     string
	up       *level
	down     []*level
	commands map[string]command
}

func (l *level) path() string {
	if l.up == nil {
		return ""
	}
	return l.up.path() + "/" + l.name
}

func (l *level) root() *level {
	for l.up != nil {
		l = l.up
	}
	return l
}

// add puts commands at a path, making the levels on the way.
func (l *level) add(path string, commands map[string]command) {
	for _, name := range strings.Split(path, "/") {
		i := slices.IndexFunc(l.down, func(d *level) bool { return d.name == name })
		if i < 0 {
			l.down = append(l.down, &level{name: name, up: l})
			i = len(l.down) - 1
		}
		l = l.down[i]
	}
	l.commands = commands
}

func tree(h *host) *level {
	root := &level{}
	root.add("Maintenance/ManagedObjects", nil)
	if h.role == "AS" {
		root.add("System/ClientIdentity", identities)
		root.add("System/Registration/Contacts", nil)
		root.add("Interface/SIP", nil)
		return root
	}
	for _, kind := range []string{"Ciphers", "Protocols"} {
		low := strings.ToLower(kind)
		root.add("System/SSLCommonSettings/JSSE/"+kind, names(kind, "system/jsse/"+low, false))
		root.add("System/SSLCommonSettings/OpenSSL/"+kind, names(kind, "system/openssl/"+low, false))
		root.add("Interface/CTI/SSLCommonSettings/"+kind, names(kind, "cti/"+low, false))
		root.add("Interface/CTI/CTIServer/SSLSettings/"+kind, names(kind, "iface/"+low, true))
	}
	root.add("Interface/CTI/SSLCommonSettings/ClientAuthentication/Trusts", trusts)
	root.add("Interface/CTI/CTIServer/SSLSettings/Certificates", certificates(h))
	root.at("Interface/CTI/CTIServer").commands = ctiServer
	root.add("System/CommunicationUtility/DefaultSettings/ExternalAuthentication/CertificateAuthentication", certAuth)
	root.add("Applications/Xsi-Events/GeneralSettings", nil)
	return root
}

func (l *level) at(path string) *level {
	for _, name := range strings.Split(path, "/") {
		l = l.down[slices.IndexFunc(l.down, func(d *level) bool { return d.name == name })]
	}
	return l
}

// help lists what can be typed here, or describes a command.
func (c *cli) help(args []string) string {
	if len(args) > 0 {
		if c.at.commands[strings.ToLower(args[0])] == nil {
			return "Invalid command\n"
		}
		return "Parameters description:\n" + strings.Repeat("=", 70) + "\n" + args[0] + "\n"
	}
	var b strings.Builder
	n := 0
	for _, l := range c.at.down {
		fmt.Fprintf(&b, "%d) %s : go to level %s\n", n, l.name, l.name)
		n++
	}
	for _, name := range slices.Sorted(maps.Keys(c.at.commands)) {
		fmt.Fprintf(&b, "%d) %s : %s\n", n, name, name)
		n++
	}
	return b.String() + "h (help), e (exit), q (quit), r (read), w (write), t (tree),\nc (config), cd (cd), a (alias), hi (history), p (pause), re (repeat)\n"
}

// call asks what has to be asked, then carries a command out.
func (c *cli) call(run command, name string, args []string) (string, error) {
	h := c.h
	if slices.Contains(h.q.Refuse, name) {
		return h.q.failure(name, "The configuration is locked by another administrator"), nil
	}
	questions := ""
	switch {
	case name == "get":
	case h.q.Confirm != "" && slices.Contains(h.q.Asks, name):
		questions = h.q.Confirm
	case h.q.Trust == "confirm" && name == "updatetrust" && len(args) == 2 && h.trusted(args[0]):
		questions = "The alias " + args[0] + " is in use. Replace it?\n\nPlease confirm (Yes, Y, No, N): "
	}
	if questions != "" {
		if ok, err := c.confirm(questions); err != nil || !ok {
			return "", err
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	text, err := run(h, args)
	if err != nil {
		return h.q.failure(name, err.Error()), nil
	}
	return text, nil
}

func (h *host) trusted(alias string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.stored.Trusts[alias] != nil
}
