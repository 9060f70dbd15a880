// Package engine is a whole run on one page: load, plan, walk, summarise.
//
// It receives its modules and its dialer as interfaces, so it runs in a test with modules in the same process and no
// network, and it never learns what a plugin or SSH is.
package engine

import (
	"context"

	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/transport"
	"github.com/muster-run/muster/plugins/sdk"
)

// Options is what a command line gives.
type Options struct {
	Playbook    string            // file or directory
	Inventories []string          // files or directories; none: only structure and schemas are checked
	Limit       string            // pattern
	Vars        map[string]string // --var; a value is HCL where the variable's type is not string
	VarFiles    []string
	Environ     []string // for MUSTER_VAR_x
	Tags        []string
	Targets     []string
	Forks       int // nodes running at once over all hosts; 0: 50
	WorkDir     string

	Modules Modules
	Dialer  transport.Dialer
	Sinks   []event.Sink
	// Prompt asks the operator for a secret; nil when there is no terminal.
	Prompt func(ctx context.Context, name string) ([]byte, error)
}

// Modules finds modules by the name that a playbook writes.
type Modules interface {
	// Module returns the module; the error names the nearest one when there is none.
	Module(ctx context.Context, name string) (sdk.Module, error)
	// Names lists all modules there are, for "did you mean".
	Names() []string
}
