// Command muster-plugin-example is an example of a plugin in a Go module of its own.
package main

import (
	"github.com/muster-run/muster/plugins/example/motd"
	"github.com/muster-run/muster/plugins/serve"
)

func main() { serve.Main(&motd.Module{}) }
