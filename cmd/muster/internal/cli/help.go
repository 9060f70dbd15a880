package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// exits is the key of the annotation that holds a command's exit codes.
const exits = "exits"

// exitsRun are the codes of commands that contact hosts.
const exitsRun = "0 done  1 wrong input, nothing changed  3 hosts failed\n" +
	"4 only unreachable hosts  5 rollout stopped  7 this machine failed\n130 interrupted"

const exitsStatic = "0 done  1 wrong input"

// help fits a screen of 24 lines: what the command is for, how one types it, its flags, its exit codes.
func (a *app) help(cmd *cobra.Command) {
	var b strings.Builder
	title := cmd.Long
	if title == "" {
		title = cmd.Short
	}
	fmt.Fprintf(&b, "%s\n\n", title)
	for line := range strings.Lines(strings.TrimSpace(cmd.Example)) {
		b.WriteString("  " + line)
	}
	if cmd.Example != "" {
		b.WriteString("\n\n")
	}
	if cmd.HasAvailableSubCommands() {
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() {
				fmt.Fprintf(&b, "  %-24s %s\n", strings.TrimPrefix(strings.TrimSuffix(sub.UseLine(), " [flags]"), "muster "), sub.Short)
			}
		}
		b.WriteString("\n")
	}
	flags := pflag.NewFlagSet("", pflag.ContinueOnError) // own and inherited ones, in one table
	flags.SortFlags = false
	flags.AddFlagSet(cmd.LocalFlags())
	flags.AddFlagSet(cmd.InheritedFlags())
	b.WriteString(flags.FlagUsages())
	if codes := cmd.Annotations[exits]; codes != "" {
		fmt.Fprintf(&b, "\nExit codes: %s\n", strings.ReplaceAll(codes, "\n", "\n            "))
	}
	fmt.Fprint(a.Out, b.String())
}

func (a *app) helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "help [COMMAND]",
		Short:  "Show what a command does.",
		Hidden: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err != nil || (found == cmd.Root() && len(rest) > 0) {
				return unknownCommand(cmd.Root(), args[0])
			}
			a.help(found)
			return nil
		},
	}
}
