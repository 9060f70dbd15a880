package oddserver

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"slices"
	"strings"
)

var (
	errMissing = errors.New("Mandatory parameter missing")
	errExists  = errors.New("The entry is already present in list")
	errNone    = errors.New("Entry not found")
)

// changed is the answer to a write that takes effect after a restart only.
func (h *host) changed() (string, error) {
	h.owed = true
	return h.q.success(true), nil
}

// insert adds a name to a list.
func (h *host) insert(list []string, name string) ([]string, error) {
	if i := slices.Index(list, name); i >= 0 {
		if h.q.Duplicate {
			return list, nil
		}
		return list, errExists
	}
	return append(list, name), nil
}

func remove(list []string, name string) ([]string, error) {
	i := slices.Index(list, name)
	if i < 0 {
		return list, errNone
	}
	return slices.Delete(list, i, i+1), nil
}

var identities = map[string]command{
	"get": func(h *host, _ []string) (string, error) {
		header := h.q.Identity
		if header == "" {
			header = "Client Identity"
		}
		return h.q.table([]string{header}, column(slices.Sorted(slices.Values(h.stored.Identities)))), nil
	},
	"add": func(h *host, args []string) (_ string, err error) {
		if len(args) != 1 {
			return "", errMissing
		}
		if h.stored.Identities, err = h.insert(h.stored.Identities, args[0]); err != nil {
			return "", err
		}
		return h.q.success(false), nil
	},
	"delete": func(h *host, args []string) (_ string, err error) {
		if len(args) != 1 {
			return "", errMissing
		}
		if h.stored.Identities, err = remove(h.stored.Identities, args[0]); err != nil {
			return "", err
		}
		return h.q.success(false), nil
	},
}

func column(names []string) [][]string {
	var rows [][]string
	for _, n := range names {
		rows = append(rows, []string{n})
	}
	return rows
}

// names are the commands of a list of protocols or ciphers, of one interface or of a level above.
func names(kind, key string, byIP bool) map[string]command {
	header := strings.TrimSuffix(kind, "s") + " Name"
	edit := func(f func(h *host, list []string, name string) ([]string, error)) command {
		return func(h *host, args []string) (_ string, err error) {
			k, args, err := listOf(h, key, byIP, args)
			if err != nil || len(args) != 1 {
				return "", cmpErr(err, errMissing)
			}
			if h.stored.Lists[k], err = f(h, h.stored.Lists[k], args[0]); err != nil {
				return "", err
			}
			return h.changed()
		}
	}
	return map[string]command{
		"get": func(h *host, args []string) (string, error) {
			k, _, err := listOf(h, key, byIP, args)
			if err != nil {
				return "", err
			}
			return h.q.table([]string{header}, column(h.stored.Lists[k])), nil
		},
		"add": edit(func(h *host, list []string, name string) ([]string, error) {
			if !strings.HasPrefix(name, "TLS") {
				return list, errors.New("Invalid choice")
			}
			return h.insert(list, name)
		}),
		"delete": edit(func(_ *host, list []string, name string) ([]string, error) { return remove(list, name) }),
	}
}

func cmpErr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func listOf(h *host, key string, byIP bool, args []string) (string, []string, error) {
	if !byIP {
		return key, args, nil
	}
	if len(args) == 0 {
		return "", nil, errMissing
	}
	if h.find(args[0]) == nil {
		return "", nil, errors.New("Invalid interface")
	}
	return key + " " + args[0], args[1:], nil
}

// find is the secure interface at an address.
func (h *host) find(ip string) *iface {
	i := slices.IndexFunc(h.stored.Ifaces, func(i iface) bool { return i.IP == ip && i.Secure })
	if i < 0 {
		return nil
	}
	return &h.stored.Ifaces[i]
}

var certAuth = map[string]command{
	"get": func(h *host, _ []string) (string, error) {
		return h.q.value("allowClientApp", fmt.Sprint(h.stored.AllowApp)), nil
	},
	"set": func(h *host, args []string) (string, error) {
		if len(args) != 2 || args[0] != "allowClientApp" || args[1] != "true" && args[1] != "false" {
			return "", errors.New("Invalid parameter")
		}
		h.stored.AllowApp = args[1] == "true"
		return h.changed()
	},
}

var ctiServer = map[string]command{
	"get": func(h *host, _ []string) (string, error) {
		var rows [][]string
		for _, i := range h.stored.Ifaces {
			rows = append(rows, []string{i.IP, i.Port, fmt.Sprint(i.Secure), fmt.Sprint(i.HasCert), fmt.Sprint(i.ClientAuth)})
		}
		return h.q.table([]string{"Interface IP", "Port", "Secure", "Server Certificate", "Client Auth Req"}, rows), nil
	},
	"add": func(h *host, args []string) (string, error) {
		if len(args) != 5 || net.ParseIP(args[0]) == nil {
			return "", errMissing
		}
		if h.at(args) >= 0 {
			return "", errExists
		}
		h.stored.Ifaces = append(h.stored.Ifaces, iface{IP: args[0], Port: args[1], Secure: args[2] == "true", HasCert: args[3] == "true",
			ClientAuth: args[4] == "true", Cert: h.pki.own, SelfSigned: true})
		return h.changed()
	},
	"delete": func(h *host, args []string) (string, error) {
		n := h.at(args)
		if n < 0 {
			return "", errNone
		}
		h.stored.Ifaces = slices.Delete(h.stored.Ifaces, n, n+1)
		return h.changed()
	},
	"set": func(h *host, args []string) (string, error) {
		n := h.at(args)
		if n < 0 {
			return "", errNone
		}
		for a := args[2:]; len(a) > 0; a = a[2:] {
			if len(a) == 1 {
				return "", errMissing
			}
			switch i := &h.stored.Ifaces[n]; a[0] {
			case "secure":
				i.Secure = a[1] == "true"
			case "clientAuthReq":
				i.ClientAuth = a[1] == "true"
			default:
				return "", errors.New("Invalid choice")
			}
		}
		return h.changed()
	},
}

// at is the interface that the first two arguments name.
func (h *host) at(args []string) int {
	if len(args) < 2 {
		return -1
	}
	return slices.IndexFunc(h.stored.Ifaces, func(i iface) bool { return i.IP == args[0] && i.Port == args[1] })
}

var trusts = map[string]command{
	"get": func(h *host, _ []string) (string, error) {
		var rows [][]string
		for _, alias := range slices.Sorted(maps.Keys(h.stored.Trusts)) {
			c := h.stored.Trusts[alias]
			issuer := c.Issuer.CommonName
			if c.CheckSignatureFrom(c) == nil {
				issuer += "[self-signed]"
			}
			rows = append(rows, []string{alias, h.blanks(c.Subject.CommonName), h.blanks(issuer)})
		}
		return h.q.table([]string{"Alias", "Owner", "Issuer"}, rows), nil
	},
	"updatetrust": func(h *host, args []string) (string, error) {
		if len(args) != 2 {
			return "", errMissing
		}
		if h.stored.Trusts[args[0]] != nil && h.q.Trust == "refuse" {
			return "", errors.New("The alias already exists")
		}
		certs, err := h.certs(args[1])
		if err != nil || len(certs) != 1 {
			return "", cmpErr(err, errors.New("The file does not hold one certificate"))
		}
		h.stored.Trusts[args[0]] = certs[0]
		return h.changed()
	},
	"delete": func(h *host, args []string) (string, error) {
		if len(args) != 1 || h.stored.Trusts[args[0]] == nil {
			return "", errNone
		}
		delete(h.stored.Trusts, args[0])
		return h.changed()
	},
}

func (h *host) blanks(s string) string {
	if h.q.Blanks {
		return strings.ReplaceAll(s, " ", "  ")
	}
	return s
}

func (h *host) certs(name string) ([]*x509.Certificate, error) {
	data, err := os.ReadFile(h.path(name))
	if err != nil {
		return nil, errors.New("Cannot read the file " + name)
	}
	var out []*x509.Certificate
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

func certificates(h *host) map[string]command {
	c := map[string]command{"sslupdate": sslUpdate}
	if !h.q.NoGet {
		c["get"] = func(h *host, args []string) (string, error) {
			var rows [][]string
			for _, i := range h.stored.Ifaces {
				if !i.Secure {
					continue
				}
				if leaf, err := x509.ParseCertificate(i.Cert.Certificate[0]); err == nil {
					rows = append(rows, []string{i.IP, leaf.Subject.CommonName, leaf.NotAfter.Format("2006-01-02")})
				}
			}
			return h.q.table([]string{"Interface IP", "Owner", "Expires"}, rows), nil
		}
	}
	return c
}

func sslUpdate(h *host, args []string) (string, error) {
	if len(args) < 5 || len(args)%2 == 0 {
		return "", errMissing
	}
	i := h.find(args[0])
	if i == nil {
		return "", errors.New("Invalid interface")
	}
	file := map[string]string{}
	for n := 1; n < len(args); n += 2 {
		file[args[n]] = args[n+1]
	}
	cert, err := tls.LoadX509KeyPair(h.path(file["certificateFile"]), h.path(file["keyFile"]))
	if err != nil {
		return "", errors.New("The key and the certificate cannot be used")
	}
	chain, err := h.certs(file["chainFile"])
	if err != nil {
		return "", err
	}
	for _, c := range chain {
		cert.Certificate = append(cert.Certificate, c.Raw)
	}
	i.Cert, i.SelfSigned = cert, false
	return h.changed()
}
