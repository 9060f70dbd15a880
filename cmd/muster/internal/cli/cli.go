// Package cli is the command line: one file per command, and the only place where engine, plugins, SSH and views meet.
//
// The policy of all commands: what was asked for goes to stdout, everything else to stderr; a mistake of the user is a
// diagnostic and exit 1 before anything is contacted; nothing asks a question without a terminal. The exit codes stand
// in exit.go, the flags that several commands share in flags.go. Nothing here knows how a playbook runs.
package cli

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// Main runs the command that os.Args names and returns the exit code.
func Main() int {
	// A reader that goes away (muster plan | head) must not kill an apply half way: writes fail instead, and are ignored.
	signal.Ignore(syscall.SIGPIPE)
	return Run(context.Background(), os.Args[1:], system())
}

// Run is Main with everything that belongs to the process given.
func Run(ctx context.Context, args []string, std Streams) int {
	app := &app{Streams: std.withColour(args)}
	root := app.root()
	root.SetArgs(habits(root, args))
	exit := app.exit(root.ExecuteContext(ctx))
	if err := incomplete(app.Out); err != nil {
		fmt.Fprintf(app.Err, "The answer could not be written whole: %v.\n", err)
		if exit == exitOK || exit == exitChanges {
			exit = exitControl
		}
	}
	return exit
}

// app is what all commands share.
type app struct {
	Streams
	keyboard keyboard
}

// root builds the tree of commands.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "muster",
		Short: "Run playbooks over a fleet, module by module, host by host.",
		Example: `muster plan  playbooks/webex-cti.hcl -i inventory/prod.hcl
muster apply playbooks/webex-cti.hcl -i inventory/prod.hcl -l 'xsp:&fra'`,
		Args:          cobra.ArbitraryArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return cmd.Help()
		},
	}
	cobra.EnableCommandSorting = false // as a newcomer meets them
	root.SetOut(a.Out)
	root.SetErr(a.Err)
	root.SetFlagErrorFunc(badFlag)
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { a.help(cmd) })
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetHelpCommand(a.helpCommand())
	root.PersistentFlags().BoolP("help", "h", false, "this text")
	root.PersistentFlags().Bool("no-color", false, "no colour (also: NO_COLOR)")
	root.AddCommand(a.demo(), a.validate(), a.plan(), a.apply(), a.resume(),
		a.status(), a.pause(), a.promote(), a.abort(),
		a.history(), a.showRun(), a.logs(), a.output(), a.export(),
		a.graph(), a.inventory(), a.docs(), a.version(), a.plugin())
	return root
}
