package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/muster-run/muster/engine/diag"
)

// later is commands that are designed and not built yet, each with what to do instead.
var later = map[string]string{
	"new":     "Copy a file from playbooks/ and change it.",
	"init":    "Nothing has to be installed: bundled modules are in this binary; others are found with --plugin-dir.",
	"doctor":  "Use: muster version",
	"fmt":     "",
	"console": "",
	"explain": "Every message says cause and next step itself.",
	"test":    "Use: muster demo, or a bwsim fleet",
	"hosts":   "Use: muster inventory list -i PATH -l PATTERN",
	"vars":    "",
	"exec":    "Write a playbook with one task and use: muster apply",
	"watch":   "Use: muster status",
	"revert":  "",
	"diff":    "Use: muster show RUN, of each",
	"web":     "Use: muster show, or muster export",
	"module":  "", "import": "", "lsp": "",
}

// foreign is what other tools call things.
var foreign = map[string]string{
	"check": "muster plan", "dry-run": "muster plan", "refresh": "muster plan", "preview": "muster plan",
	"playbook": "muster apply", "converge": "muster apply", "deploy": "muster apply", "up": "muster apply",
	"syntax-check": "muster validate", "lint": "muster validate",
	"doc": "muster docs", "list": "muster inventory list", "hosts-list": "muster inventory list", "ping": "muster plan",
}

func unknownCommand(root *cobra.Command, word string) error {
	before := "command line, " + root.CommandPath() + " "
	d := diag.Diagnostic{
		Code:    diag.BadFlag,
		Summary: fmt.Sprintf("unknown command %q", word),
		Source:  before + word,
		Mark:    &diag.Mark{From: len(before), To: len(before) + len(word)},
	}
	if instead, ok := later[word]; ok {
		d.Code, d.Summary, d.Advice = diag.NotInThisVersion, fmt.Sprintf("command %q is not in this version", word), instead
		if instead == "" {
			d.Advice = "All commands: muster help"
		}
		return problem(d)
	}
	if instead, ok := foreign[word]; ok {
		d.Advice = "Use: " + instead
		return problem(d)
	}
	var names []string
	for _, c := range root.Commands() {
		if !c.Hidden {
			names = append(append(names, c.Name()), c.Aliases...)
		}
	}
	d.Advice = diag.DidYouMean(word, names, "All commands: "+root.CommandPath()+" -h")
	return problem(d)
}

// badFlag words what the flag library found.
func badFlag(cmd *cobra.Command, err error) error {
	d := diag.Diagnostic{Code: diag.BadFlag, Summary: err.Error(), Advice: "All flags: " + cmd.CommandPath() + " -h"}
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	var missing *pflag.ValueRequiredError
	switch {
	case errors.As(err, &unknown):
		word := flagText(unknown)
		d.Summary = fmt.Sprintf("unknown flag %s for %s", word, cmd.CommandPath())
		d.Source = "command line, " + word
		d.Mark = &diag.Mark{From: len("command line, "), To: len(d.Source)}
		if instead := otherTools(word); instead != "" {
			d.Advice = instead
			break
		}
		d.Advice = diag.DidYouMean(word, flagNames(cmd), d.Advice)
	case errors.As(err, &invalid):
		d.Summary = fmt.Sprintf("--%s does not take %q", invalid.GetFlag().Name, invalid.GetValue())
		d.Detail = "It is: " + invalid.GetFlag().Usage + "."
	case errors.As(err, &missing):
		d.Summary = fmt.Sprintf("--%s needs a value", missing.GetFlag().Name)
		d.Detail = "It is: " + missing.GetFlag().Usage + "."
	}
	return problem(d)
}

func flagText(e *pflag.NotExistError) string {
	if e.GetSpecifiedShortnames() != "" {
		return "-" + e.GetSpecifiedName()
	}
	return "--" + e.GetSpecifiedName()
}

func flagNames(cmd *cobra.Command) []string {
	var names []string
	add := func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, "--"+f.Name)
		}
	}
	cmd.Flags().VisitAll(add)
	cmd.InheritedFlags().VisitAll(add)
	return names
}

// otherTools answers flags of Ansible and Terraform that cannot work here.
func otherTools(flag string) string {
	switch strings.TrimLeft(flag, "-") {
	case "check", "C", "dry-run":
		return "Use: muster plan"
	case "diff", "D":
		return "muster plan always shows the diff; apply shows what it changed."
	case "syntax-check":
		return "Use: muster validate"
	case "list-hosts":
		return "Use: muster inventory list -i PATH -l PATTERN"
	case "list-tasks", "list-tags":
		return "Use: muster graph"
	case "e":
		return "Use: --var NAME=VALUE, or --var-file FILE"
	case "start-at-task", "step":
		return "Use: --target task.NAME; after a failure: muster resume"
	case "replace", "destroy", "refresh", "refresh-only", "lock", "state":
		return "There is no state file: every run reads the hosts. Use: --target task.NAME"
	case "user", "u", "private-key", "key-file", "ssh-common-args", "c", "connection":
		return "Set user, ssh_key and known_hosts in the inventory."
	case "ask-pass", "k", "ask-become-pass", "K", "become", "b":
		return "Log in with a key; passwords are secret(\"prompt\", NAME) in the playbook or inventory."
	case "out", "o":
		return "Plans are saved by: muster plan -o FILE"
	case "skip-tags":
		return "Not in this version. Use: --tags or --target"
	case "serial":
		return "Use a rollout block in the playbook."
	}
	return ""
}

// tooMany refuses arguments beyond the first n, which is 0 or 1.
func tooMany(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) <= n {
			return nil
		}
		detail := "It takes no arguments."
		if n > 0 {
			detail = fmt.Sprintf("It takes one argument, which is %q.", args[0])
		}
		return problem(diag.Diagnostic{
			Code:    diag.BadFlag,
			Summary: fmt.Sprintf("%s does not take %q", cmd.CommandPath(), args[n]),
			Detail:  detail,
			Advice:  "Usage: " + cmd.UseLine(),
		})
	}
}

// exactly demands one argument.
func exactly(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return problem(diag.Diagnostic{Code: diag.BadFlag, Summary: fmt.Sprintf("%s needs %s", cmd.CommandPath(), what), Advice: "Usage: " + cmd.UseLine()})
		}
		return tooMany(1)(cmd, args)
	}
}
