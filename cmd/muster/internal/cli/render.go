package cli

import (
	"fmt"
	"io"

	"github.com/muster-run/muster/engine/diag"
)

func render(w io.Writer, d diag.Diagnostic, sources map[string][]byte) {
	fmt.Fprintf(w, "Error[%s]: %s\n\n  %s\n  %s\n", d.Code, d.Summary, d.Source, d.Advice)
}
