package broadworks

import (
	"context"
	"errors"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/modules/tlsinfo"
	"github.com/muster-run/muster/plugins/sdk"
)

// ctiRow is one line of CTIServer.
type ctiRow struct {
	address                               netip.Addr
	port                                  int
	secure, serverCertificate, clientAuth bool
}

// String says what a row is, without address and port.
func (r ctiRow) String() string {
	words := map[bool]string{true: "", false: "no "}
	if !r.secure {
		return "not secure"
	}
	return "secure, " + words[r.serverCertificate] + "server certificate, " + words[r.clientAuth] + "client authentication"
}

// readRows reads the interfaces.
func readRows(ctx context.Context, cli *bwcli.CLI) ([]ctiRow, error) {
	l, err := cli.Get(ctx, ctiContext)
	if errors.Is(err, bwcli.ErrNoEntry) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	cols := []int{
		l.Column("interface ip", "interface ip address", "ip address", "ip", "address", "interface"),
		l.Column("port"), l.Column("secure"),
		l.Column("server certificate", "server cert", "certificate"),
		l.Column("client auth req", "client auth", "client authentication"),
	}
	for i, c := range cols {
		if c < 0 && len(l.Header) == len(cols) {
			cols[i] = i // assumed: the five columns of R22 and R23, in their order
		} else if c < 0 && (len(l.Rows) > 0 || l.Unread()) {
			return nil, unreadable(l)
		}
	}
	var rows []ctiRow
	for _, cells := range l.Rows {
		r, ok := parseRow(cells, cols)
		if !ok {
			return nil, unreadable(l)
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func parseRow(cells []string, cols []int) (r ctiRow, ok bool) {
	var err error
	if r.address, err = netip.ParseAddr(strings.Trim(cells[cols[0]], "[]")); err != nil {
		return r, false
	}
	if r.port, err = strconv.Atoi(cells[cols[1]]); err != nil {
		return r, false
	}
	for i, flag := range []*bool{&r.secure, &r.serverCertificate, &r.clientAuth} {
		*flag, ok = boolean(cells[cols[2+i]])
		if !ok && cells[cols[2+i]] != "" { // a cell that was never set is shown as blanks
			return r, false
		}
	}
	r.address = r.address.Unmap()
	return r, true
}

func unreadable(l *bwcli.Listing) error {
	return &sdk.Failure{Class: sdk.Failed, Summary: "could not read the CTI interfaces", What: "get printed: " + strings.TrimSpace(l.Text),
		Why: "the columns interface IP, port, secure, server certificate and client auth were expected", State: "nothing was changed"}
}

func findRow(rows []ctiRow, a netip.Addr, port int) *ctiRow {
	for i := range rows {
		if rows[i].address == a && rows[i].port == port {
			return &rows[i]
		}
	}
	return nil
}

// tlsList is one of an interface's own lists.
type tlsList struct {
	what    string // "protocols", "ciphers"
	context string
	column  string
}

var (
	protocolList = tlsList{"protocols", protocolsContext, "protocol name"}
	cipherList   = tlsList{"ciphers", ciphersContext, "cipher name"}

	tlsName = regexp.MustCompile(`^(TLS|SSL)[A-Za-z0-9_.]*$`)
)

// read returns the names that the interface lists itself; none means that it inherits the general list.
func (t tlsList) read(ctx context.Context, cli *bwcli.CLI, a netip.Addr) ([]string, error) {
	l, err := cli.Get(ctx, t.context, a.String())
	if errors.Is(err, bwcli.ErrNoEntry) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for _, n := range l.List(t.column, strings.Fields(t.column)[0]) {
		if tlsName.MatchString(n) {
			names = append(names, n)
		}
	}
	return names, nil
}

// same compares two names of a list: in any case, and a shortened cipher name with its registered one.
func same(a, b string) bool { return strings.EqualFold(registered(a), registered(b)) }

func registered(name string) string {
	if s, ok := tlsinfo.Shortened(strings.ToUpper(name)); ok {
		return s.Name
	}
	return name
}

func holds(list []string, name string) bool {
	for _, n := range list {
		if same(n, name) {
			return true
		}
	}
	return false
}

// without returns the names of a that b lacks.
func without(a, b []string) []string {
	var out []string
	for _, n := range a {
		if !holds(b, n) {
			out = append(out, n)
		}
	}
	return out
}
