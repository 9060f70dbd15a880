package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/muster-run/muster/cmd/muster/internal/view"
	"github.com/muster-run/muster/engine/diag"
)

func (a *app) validate() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "validate [PLAYBOOK]",
		Short: "Say whether a playbook is right. Contacts no host.",
		Example: `muster validate site.hcl                      structure, references, arguments
muster validate site.hcl -i inventory/ --var-file lab.vars.hcl      everything`,
		Args:        tooMany(1),
		Annotations: map[string]string{exits: exitsStatic},
	}
	f.selecting(cmd)
	cmd.Flags().BoolVar(&f.json, "json", false, "diagnostics as JSON lines")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, ds, err := a.load(cmd.Context(), &f, path(args))
		if err != nil {
			return err
		}
		defer s.close()
		if f.json {
			return a.validJSON(ds)
		}
		a.show(problems{Diagnostics: ds, sources: s.Files()})
		if ds.HasErrors() {
			return code(exitUsage)
		}
		fmt.Fprintf(a.Out, "%s is right: %s. Nothing was contacted.\n", path(args), s.scope())
		if len(f.inventories) == 0 {
			fmt.Fprintln(a.Out, "With -i INVENTORY hosts, patterns and values are checked, too.")
		}
		return nil
	}
	return cmd
}

// validJSON writes what was found as JSON lines, and a last line with the verdict.
func (a *app) validJSON(ds diag.Diagnostics) error {
	j := view.NewJSON(a.Out)
	j.Diagnostics(ds)
	errors, warnings := tally(ds)
	j.Object(map[string]any{"type": "validated", "valid": errors == 0, "errors": errors, "warnings": warnings})
	if errors > 0 {
		return code(exitUsage)
	}
	return nil
}
