package cli

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// synonyms are flags of other tools that mean exactly one of ours.
var synonyms = map[string]string{"auto-approve": "yes", "parallelism": "forks", "extra-vars": "var"}

// habits rewrites what fingers type from other tools: long flags with one dash (-json, -target=x), and flags that have
// another name here. Only whole names that some command knows are touched, so -lxsp stays what it was.
func habits(root *cobra.Command, args []string) []string {
	long := map[string]bool{}
	var visit func(*cobra.Command)
	visit = func(c *cobra.Command) {
		c.Flags().VisitAll(func(f *pflag.Flag) { long[f.Name] = true })
		c.PersistentFlags().VisitAll(func(f *pflag.Flag) { long[f.Name] = true })
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	visit(root)
	if len(args) > 0 && (args[0] == "--version" || args[0] == "-version") {
		return append([]string{"version"}, args[1:]...)
	}
	out := make([]string, 0, len(args))
	for i, arg := range args {
		if arg == "--" {
			return append(out, args[i:]...)
		}
		dashes := len(arg) - len(strings.TrimLeft(arg, "-"))
		name, value, hasValue := strings.Cut(arg[dashes:], "=")
		if dashes == 0 || dashes > 2 || len(name) < 2 {
			out = append(out, arg)
			continue
		}
		if ours, ok := synonyms[name]; ok {
			name = ours
		} else if dashes == 2 || !long[name] {
			out = append(out, arg)
			continue
		}
		arg = "--" + name
		if hasValue {
			arg += "=" + value
		}
		out = append(out, arg)
	}
	return out
}
