package inventory

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"github.com/muster-run/muster/engine/diag"
)

var (
	hostRE  = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*$`)
	groupRE = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]{0,62}$`)
	userRE  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]{0,31}$`)
)

// checkName holds a host's name to letters, digits, dots, hyphens inside and underscores: nothing that a shell, a pattern, a
// path or a terminal could take for more than a name.
func checkName(name string) error {
	if len(name) <= 253 && hostRE.MatchString(name) {
		return nil
	}
	reason := "A name has letters, digits, hyphens and underscores, in parts divided by dots."
	switch {
	case name == "":
		reason = "The name is empty."
	case len(name) > 253:
		reason = "The name is longer than 253 characters."
	case strings.HasPrefix(name, "-"):
		reason = "A name cannot begin with a hyphen: programs would take it for a flag."
	case strings.ContainsAny(name, "[]"):
		reason = "Ranges stand in the hosts of a group, not here."
	case strings.ContainsFunc(name, func(r rune) bool { return r > 0x7e }):
		reason = "An international name has to be written in its ASCII form, which begins with xn--."
	}
	return &diag.Cause{Code: diag.BadHostName, Summary: fmt.Sprintf("%q cannot be a host's name", shorten(name)), Detail: reason,
		Advice: "Change the name; what the host is reached by can be set as its address."}
}

// checkAddress accepts a name or an IP address, without port or brackets.
func checkAddress(address string) error {
	if _, err := netip.ParseAddr(address); err == nil && !strings.ContainsAny(address, "%") {
		return nil
	}
	if checkName(address) == nil {
		return nil
	}
	advice := "Give a name or an IP address."
	if _, err := netip.ParseAddrPort(address); err == nil || strings.Count(address, ":") == 1 {
		advice = "Give the port as port = …, apart from the address."
	} else if strings.HasPrefix(address, "[") {
		advice = "Write an IPv6 address without brackets."
	}
	return &diag.Cause{Code: diag.BadHostName, Summary: fmt.Sprintf("%q cannot be an address", shorten(address)), Detail: "It is neither a host name nor an IP address.", Advice: advice}
}

func shorten(s string) string {
	if len(s) > 80 {
		return s[:77] + "..."
	}
	return s
}
