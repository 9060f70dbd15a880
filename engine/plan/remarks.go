package plan

import (
	"context"
	"fmt"
	"strings"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/plugins/sdk"
)

// noteActions names the tasks whose module is an action: it has no state that a reading could compare, so it acts in every
// run, and nobody can tell beforehand what it will have changed.
func (b *builder) noteActions(context.Context) error {
	var names []string
	for _, block := range b.plan.Blocks {
		if block.chosen && block.Addr.Kind == addr.Task && block.Module != nil && block.Desc.Kind == sdk.Action {
			names = append(names, fmt.Sprintf("%s (%s)", block.Addr, block.ModuleName))
		}
	}
	if len(names) > 0 {
		b.plan.Notes = append(b.plan.Notes, fmt.Sprintf("They act every time, and what they change cannot be told beforehand, unless an argument of theirs says otherwise: %s.", strings.Join(names, ", ")))
	}
	return nil
}
