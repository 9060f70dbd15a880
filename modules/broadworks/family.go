package broadworks

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/muster-run/muster/plugins/sdk"
)

// family is a kind of interface, CTI or HTTP: where its rows stand, what they hold, and how its commands name one. All that
// the modules cti_interface and http_interface do is the same for every family.
type family struct {
	module  string   // the module that keeps its interfaces
	title   string   // as messages name one
	tag     string   // in the names of markers and uploads
	context string   // where its rows are
	columns []column // of a row, in the published order
	// add lists what may follow "add", the likeliest first.
	add func(row) [][]string
	// perPort says that SSL settings belong to an address and a port, not to the address alone.
	perPort bool
	// named says that a row has a name.
	named bool

	addressKey, portKey string // of host.data; portKey is empty where there is none
	port                int    // the usual one
}

// families are all there are.
func families() []*family { return []*family{&ctiFamily, &httpFamily} }

// row is one interface as its family's table lists it. A family leaves fields that it has no column for at zero.
type row struct {
	address           netip.Addr
	port              int
	name              string
	secure            bool
	serverCertificate bool
	clientAuth        bool
	cluster           string // the FQDN of the cluster; empty is none
}

// column is one column of a family's table.
type column struct {
	titles []string
	read   func(r *row, cell string) bool // false: the cell makes no sense
}

func addressColumn(titles ...string) column {
	return column{titles, func(r *row, cell string) bool {
		a, err := netip.ParseAddr(strings.Trim(cell, "[]"))
		r.address = a.Unmap()
		return err == nil
	}}
}

func portColumn() column {
	return column{[]string{"port"}, func(r *row, cell string) (ok bool) {
		n, err := strconv.Atoi(cell)
		r.port = n
		return err == nil
	}}
}

// flagColumn is true or false; a cell that was never set is shown as blanks.
func flagColumn(field func(*row) *bool, titles ...string) column {
	return column{titles, func(r *row, cell string) (ok bool) {
		*field(r), ok = boolean(cell)
		return ok || cell == ""
	}}
}

// textColumn is any text; the words by which listings show that nothing is set are none.
func textColumn(field func(*row) *string, titles ...string) column {
	return column{titles, func(r *row, cell string) bool {
		switch strings.ToLower(cell) {
		case "false", "none", "null", "undefined", "n/a", "-", `""`:
			cell = ""
		}
		*field(r) = cell
		return true
	}}
}

func secure(r *row) *bool     { return &r.secure }
func clientAuth(r *row) *bool { return &r.clientAuth }

// plain makes rows comparable: names have no case, and without TLS what belongs to it does not count.
func (r row) plain() row {
	r.name, r.cluster = strings.ToLower(r.name), strings.ToLower(r.cluster)
	if !r.secure {
		r.serverCertificate, r.clientAuth = false, false
	}
	return r
}

func (r row) same(other row) bool { return r.plain() == other.plain() }

// describe says what a row is, without address and port, and without the name where that is the host's, so that hosts
// which differ in these alone read the same.
func (f *family) describe(r row, host string) string {
	words := map[bool]string{true: "", false: "no "}
	var parts []string
	switch {
	case !f.named:
	case strings.EqualFold(r.name, host):
		parts = append(parts, "named as the host")
	default:
		parts = append(parts, "named "+r.name)
	}
	switch {
	case !r.secure:
		parts = append(parts, "not secure")
	case f.named: // HTTP: a secure interface always has a certificate
		parts = append(parts, "secure", words[r.clientAuth]+"client authentication")
	default:
		parts = append(parts, "secure", words[r.serverCertificate]+"server certificate", words[r.clientAuth]+"client authentication")
	}
	if r.cluster != "" {
		parts = append(parts, "cluster "+r.cluster)
	}
	return strings.Join(parts, ", ")
}

// keys are the words by which the SSL settings name an interface.
func (f *family) keys(a netip.Addr, port int) []string {
	if f.perPort {
		return []string{a.String(), strconv.Itoa(port)}
	}
	return []string{a.String()}
}

// find returns the row of an address and a port; nil when there is none.
func find(rows []row, a netip.Addr, port int) *row {
	for i := range rows {
		if rows[i].address == a && rows[i].port == port {
			return &rows[i]
		}
	}
	return nil
}

// known reports whether the SSL settings have an entry for an interface: one of its rows is there.
func (f *family) known(rows []row, a netip.Addr, port int) bool {
	for _, r := range rows {
		if r.address == a && (r.port == port || !f.perPort) {
			return true
		}
	}
	return false
}

// marker is the file on the host that remembers the certificate stored last.
func (f *family) marker(a netip.Addr, port int) string {
	return storedMarkers + strings.Join(append([]string{f.tag}, f.keys(a, port)...), "-") + ".sha256"
}

// place is where the interface shall be: the arguments, else host.data, else the host's own address and the usual port.
func (f *family) place(req *sdk.Request) (a netip.Addr, port int, err error) {
	text, from := req.Host.Address, "the host's address"
	if req.Data.Known(f.addressKey) {
		text, from = req.Data.Attr(f.addressKey).AsString(), "host.data."+f.addressKey
	}
	if req.Args.Known("address") {
		text, from = req.Args.Attr("address").AsString(), "address"
	}
	if a, err = netip.ParseAddr(text); err != nil {
		return a, 0, &sdk.Failure{Class: sdk.Failed, Summary: "the " + f.title + "'s IP address is not known", State: "nothing was sent",
			Why: from + " is " + quoteEmpty(text) + ", which is no IP address", Do: []string{"Set host.data." + f.addressKey + " in the inventory."}}
	}
	port = f.port
	for _, v := range []*int{optional[int](req.Data, f.portKey), optional[int](req.Args, "port")} {
		if v != nil {
			port = *v
		}
	}
	return a.Unmap(), port, nil
}

func quoteEmpty(s string) string {
	if s == "" {
		return "empty"
	}
	return `"` + s + `"`
}
