package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// exits is the key of the annotation that holds a command's exit codes.
const exits = "exits"

// exitsRun are the codes of commands that read hosts.
const exitsRun = "0 done  1 wrong input  3 hosts failed  4 only unreachable hosts\n" +
	"7 this machine failed  130 interrupted"

// exitsApply are those of commands that change hosts.
const exitsApply = "0 done  1 wrong input, nothing changed  3 hosts failed\n" +
	"4 only unreachable hosts  5 rollout stopped  6 waits for promotion\n7 this machine failed  130 interrupted"

// exitsSteer are those of commands that ask a run.
const exitsSteer = "0 done  1 not done"

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
	if cmd.HasAvailableSubCommands() && cmd.Annotations[exits] == "" { // a command of its own shows its kin in its examples
		commands(&b, cmd)
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

// together is the key of the annotation that joins commands which follow each other into one line, with what they are for.
const together = "together"

// commands writes a line for each command below one.
func commands(b *strings.Builder, cmd *cobra.Command) {
	line := ""
	for _, sub := range cmd.Commands() {
		if !sub.IsAvailableCommand() {
			continue
		}
		use, short := strings.TrimPrefix(strings.TrimSuffix(sub.UseLine(), " [flags]"), "muster "), sub.Short
		if all := sub.Annotations[together]; all != "" {
			name, rest, _ := strings.Cut(use, " ")
			if line += name + "|"; !strings.HasSuffix(all, " ("+name+")") {
				continue
			}
			use, short, line = strings.TrimSuffix(line, "|")+" "+rest, strings.TrimSuffix(all, " ("+name+")"), ""
		}
		fmt.Fprintf(b, "  %-25s %s\n", use, short)
	}
	b.WriteString("\n")
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
