package cli

import (
	"fmt"

	"github.com/muster-run/muster/engine/diag"
)

// tally counts errors and warnings.
func tally(ds diag.Diagnostics) (errors, warnings int) {
	for _, d := range ds {
		switch d.Severity {
		case diag.Error:
			errors++
		case diag.Warning:
			warnings++
		}
	}
	return errors, warnings
}

// closing is the line under a list of errors.
func (a *app) closing(ds diag.Diagnostics) {
	errors, warnings := tally(ds)
	if errors == 0 {
		return
	}
	fmt.Fprintf(a.Err, "\n%d error(s), %d warning(s). Nothing was contacted.\n", errors, warnings)
}
