package cli

import (
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/plugins/serve"
)

// plugin is the hidden door through which this binary serves its own modules, in a process of its own.
func (a *app) plugin() *cobra.Command {
	cmd := &cobra.Command{Use: "plugin", Hidden: true, Short: "Serve bundled modules to muster.", Args: tooMany(0)}
	cmd.AddCommand(&cobra.Command{
		Use:   "serve NAME",
		Short: "Serve one bundled plugin; muster starts this itself.",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			modules, ok := bundled[args[0]]
			if !ok {
				names := slices.Sorted(maps.Keys(bundled))
				return problem(diag.Diagnostic{Code: diag.PluginRefused, Summary: fmt.Sprintf("no bundled plugin is called %q", args[0]),
					Advice: diag.DidYouMean(args[0], names, "Bundled plugins: "+diag.List(names))})
			}
			if err := serve.Run(modules()...); err != nil {
				return problem(diag.Diagnostic{Code: diag.PluginRefused, Summary: "muster starts this command itself", Detail: err.Error(),
					Advice: "To see what a module does: muster docs MODULE"})
			}
			return nil
		},
	})
	return cmd
}
