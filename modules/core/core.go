// Package core lists the modules that belong to no device: each is a package of its own below this one.
package core

import (
	"github.com/muster-run/muster/modules/core/assert"
	"github.com/muster-run/muster/modules/core/command"
	"github.com/muster-run/muster/modules/core/copy"
	"github.com/muster-run/muster/modules/core/tlsprobe"
	"github.com/muster-run/muster/modules/core/waitfor"
	"github.com/muster-run/muster/plugins/sdk"
)

// Modules lists the core modules, for the plugin that serves them.
func Modules() []sdk.Module {
	return []sdk.Module{
		assert.Module{},
		command.Module{},
		copy.Module{},
		tlsprobe.Module{},
		waitfor.Module{},
	}
}
