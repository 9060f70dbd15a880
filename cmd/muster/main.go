// Command muster runs playbooks; see internal/cli.
package main

import (
	"os"

	"github.com/muster-run/muster/cmd/muster/internal/cli"
)

func main() { os.Exit(cli.Main()) }
