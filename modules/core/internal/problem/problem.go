// Package problem makes of what Validate finds the failure of a Check, for arguments that are known only when their host is
// reached: Validate has not judged those, and a Check must not trust them either.
package problem

import (
	"strings"

	"github.com/muster-run/muster/plugins/sdk"
)

// Failure is the first problem that is no warning, as an error; nil when there is none.
func Failure(found []sdk.Problem) error {
	for _, p := range found {
		if p.Warning {
			continue
		}
		f := &sdk.Failure{Class: sdk.Failed, Summary: p.Summary, Why: p.Detail, Arg: p.Arg, State: "nothing was sent"}
		if advice := strings.TrimSpace(p.Advice); advice != "" {
			f.Do = []string{advice}
		}
		return f
	}
	return nil
}
