package cli

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/muster-run/muster/cmd/muster/internal/view"
	"github.com/muster-run/muster/engine/diag"
)

func (a *app) output() *cobra.Command {
	var asJSON bool
	var number string
	cmd := &cobra.Command{
		Use:   "output [NAME]",
		Short: "Print the outputs of a run.",
		Long:  "Print the outputs of the newest run of this directory, or of another one.",
		Example: `muster output
muster output anchors --json | jq .
muster output --run 43`,
		Args:        tooMany(1),
		Annotations: map[string]string{exits: exitsStatic},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	cmd.Flags().StringVar(&number, "run", "", "of run `N`")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		rs, err := a.records()
		if err != nil {
			return err
		}
		var runs []string
		if number != "" {
			runs = []string{number}
		}
		run, err := a.chosen(rs, runs)
		if err != nil {
			return err
		}
		told, err := rs.retell(run)
		if err != nil {
			return err
		}
		outputs := told.end().Outputs
		if len(args) == 1 && outputs[args[0]].Sensitive {
			return problem(diag.Diagnostic{Code: diag.WrongRunState, Summary: fmt.Sprintf("output %q is sensitive, and its value was not kept", args[0]),
				Advice: "Only the run itself had it."})
		}
		return a.outputs(run, view.Outputs(outputs), args, asJSON)
	}
	return cmd
}

func (a *app) outputs(run int, values map[string]json.RawMessage, args []string, asJSON bool) error {
	names := slices.Sorted(func(yield func(string) bool) {
		for name := range values {
			if !yield(name) {
				return
			}
		}
	})
	if len(args) == 1 {
		value, ok := values[args[0]]
		if !ok {
			lead := "command line, muster output "
			return problem(diag.Diagnostic{Code: diag.UnknownReference, Summary: fmt.Sprintf("run %d has no output %q", run, args[0]),
				Source: lead + args[0], Mark: &diag.Mark{From: len(lead), To: len(lead) + len(args[0])},
				Advice: diag.DidYouMean(args[0], names, "Its outputs: muster output")})
		}
		var text string
		if !asJSON && json.Unmarshal(value, &text) == nil {
			value = []byte(text) // a text as it is, for other programs to read
		}
		fmt.Fprintln(a.Out, string(value))
		return nil
	}
	if asJSON {
		return json.NewEncoder(a.Out).Encode(values)
	}
	if len(names) == 0 {
		fmt.Fprintf(a.Err, "Run %d has no outputs.\n", run)
	}
	for _, name := range names {
		fmt.Fprintf(a.Out, "%s = %s\n", name, values[name])
	}
	return nil
}
