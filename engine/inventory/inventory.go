// Package inventory holds what is managed: hosts, groups, and the patterns that select them.
//
// It reads HCL (load.go), merges what defaults, groups and hosts say (merge.go), and selects with Ansible's patterns
// (pattern.go). It contacts nothing, and an inventory does not change once it is loaded.
package inventory

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// Inventory is all hosts and groups, in the order of the files.
type Inventory struct {
	Hosts  []*Host
	Groups []*Group
	// Sources holds the files' bytes for diagnostics' snippets.
	Sources map[string][]byte

	hosts  map[string]int // by name, index into Hosts
	groups map[string]*Group
}

// Host is one managed device after defaults, groups and its own block were merged.
type Host struct {
	Name       string
	Address    string // default: Name
	Port       int    // default 22
	User       string
	SSHKey     string // absolute path, or empty
	KnownHosts string // absolute path, or empty
	Groups     []string
	// Data is shared between hosts that have all of it from the same groups: not to be changed.
	Data map[string]cty.Value
	// DataRange says where each value of Data comes from.
	DataRange map[string]hcl.Range
	Range     hcl.Range
}

// Group is a named set of hosts.
type Group struct {
	Name  string
	Hosts []string // resolved, in inventory order
	Range hcl.Range

	members []int // indexes into Inventory.Hosts, ascending
}

// Host returns the host of that name, or nil.
func (inv *Inventory) Host(name string) *Host {
	if i, ok := inv.hosts[name]; ok {
		return inv.Hosts[i]
	}
	return nil
}

// names lists groups and hosts, for "did you mean".
func (inv *Inventory) names() []string {
	out := make([]string, 0, len(inv.Groups)+len(inv.Hosts)+1)
	out = append(out, "all")
	for _, g := range inv.Groups {
		out = append(out, g.Name)
	}
	for _, h := range inv.Hosts {
		out = append(out, h.Name)
	}
	return slices.Clip(out)
}
