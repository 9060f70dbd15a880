package bwsim

import (
	"fmt"
	"strings"
)

// spread turns counts into hosts: each count is dealt over the sites as evenly
// as it goes, first sites first, and hosts are numbered from 1 within a site.
func spread(o Options) []HostOptions {
	kinds := []struct {
		role   Role
		count  int
		format string
	}{
		{AS, o.ASCount, "as%d.%s.example.net"},
		{XSP, o.XSPCount, "xsp%02d.%s.example.net"},
		{ADP, o.ADPCount, "adp%02d.%s.example.net"},
	}
	var hosts []HostOptions
	for _, k := range kinds {
		for s, site := range o.Sites {
			n := (k.count + len(o.Sites) - 1 - s) / len(o.Sites)
			for i := 1; i <= n; i++ {
				hosts = append(hosts, HostOptions{Name: fmt.Sprintf(k.format, i, site), Role: k.role, Site: site})
			}
		}
	}
	return hosts
}

// complete checks one host's options and fills in what was left out.
func (h HostOptions) complete() (HostOptions, error) {
	if h.Name == "" || strings.ContainsAny(h.Name, " \t\n/\"'") {
		return h, fmt.Errorf("host name %q: want a name without blanks, quotes or slashes", h.Name)
	}
	defaults := map[Role]string{AS: "R24", XSP: "R23", ADP: "2022.11"}
	release, ok := defaults[h.Role]
	if !ok {
		return h, fmt.Errorf("host %s: role %q: want AS, XSP or ADP", h.Name, h.Role)
	}
	if h.Release == "" {
		h.Release = release
	}
	if _, ok := versions[h.Release]; !ok && h.Role != ADP {
		return h, fmt.Errorf("host %s: release %q: want R22, R23 or R24", h.Name, h.Release)
	}
	if labels := strings.Split(h.Name, "."); h.Site == "" && len(labels) > 1 {
		h.Site = labels[1]
	}
	return h, nil
}

// versions are the published version strings of the anchored releases.
var versions = map[string]string{
	"R22": "Rel_22.0_1.1123",
	"R23": "Rel_23.0_1.1075",
	"R24": "Rel_24.0_1.944",
}
