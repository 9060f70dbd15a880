// Package inventory holds what is managed: hosts, groups, and the patterns that select them.
//
// It reads HCL (load.go) and selects with Ansible's patterns (pattern.go). It contacts nothing.
package inventory

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// Inventory is all hosts and groups, in the order of the files.
type Inventory struct {
	Hosts  []*Host
	Groups []*Group
	// Sources holds the files' bytes for diagnostics' snippets.
	Sources map[string][]byte
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
	Data       map[string]cty.Value
	// DataRange says where each value of Data comes from.
	DataRange map[string]hcl.Range
	Range     hcl.Range
}

// Group is a named set of hosts.
type Group struct {
	Name  string
	Hosts []string // resolved, in inventory order
	Range hcl.Range
}
