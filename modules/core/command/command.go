// Package command is the module command: it runs one program on the host, with a plan and, where the task says how to
// tell, idempotently.
//
// Its nouns: a guard is creates, removes or unless, which says that nothing is to be done; a program's effect is what the
// task says that it does to the host. It is no shell: words are passed as they are.
package command

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/plugins/sdk"
)

// Module is the module command.
type Module struct{}

const doc = `Runs a program in an exec channel of the login, without a terminal, and gives its output to later tasks:
` + "`task.NAME.stdout`" + `. Each element of ` + "`argv`" + ` reaches the program as one word: nothing is expanded and nothing has to be quoted. For
pipes and variables, ` + "`argv = [\"sh\", \"-c\", \"a | b\"]`" + `; a script of several lines goes to ` + "`argv = [\"sh\"]`" + ` as ` + "`stdin`" + `. Another
directory or environment: ` + "`env -C DIR NAME=VALUE PROGRAM`" + `.

What a plan can say depends on what the task says:

- a **guard** (` + "`creates`, `removes`, `unless`" + `) that holds means that there is nothing to do, and the program does not run. ` + "`unless`" + ` is
  run by plans too and must change nothing. After the program the guard is asked again: if it still does not hold, the
  task fails, since the next run would only do it all again;
- ` + "`effect = \"read\"`" + ` says that the program changes nothing. A plan runs it then, and its outputs are known in the plan;
- otherwise the plan shows that it would run, and its outputs are not known until it did.

` + "`changed_when`" + ` decides afterwards whether the run counts as a change: by the exit status, by a line of the output, or, with
both, by both together. Without it, every run does.

` + "`effect`" + ` also says what happens after a lost connection: ` + "`idempotent`" + ` may simply be repeated, of ` + "`once`" + `, the default, nobody
knows whether it took place, and the task ends as unknown. When the run itself dies, a resumed run asks the guards: one that
holds says that the program was done, one that does not says that it has to run (again), and of a task without a guard nobody
can tell. A guard should therefore hold only after all of the program's work; a program that may outlive its connection needs
an ` + "`unless`" + ` that sees it run. A program that expects a terminal or asks questions is not for
this module. Of each output stream the first MiB is kept, without the line ends at its end.`

// Describe says what the module takes and is.
func (Module) Describe() sdk.Description {
	words, numbers := cty.List(cty.String), cty.List(cty.Number)
	return sdk.Description{
		Name:    "command",
		Summary: "Runs a program on the host, unless a guard says that there is nothing to do.",
		Doc:     doc,
		Example: `task "command" "unpack" {
  argv    = ["tar", "-xf", "/var/broadworks/tmp/site.tar", "-C", "/opt/site"]
  creates = "/opt/site/index.html"
}`,
		Kind:   sdk.Action,
		Probes: true,
		Args: sdk.Schema{
			Attributes: []sdk.Attribute{
				{Name: "argv", Type: words, Required: true, Doc: "The program and its arguments, one word each."},
				{Name: "creates", Type: cty.String, Doc: "Path of what the program makes; where it is there, nothing is done."},
				{Name: "removes", Type: cty.String, Doc: "Path of what the program takes away; where it is not there, nothing is done."},
				{Name: "unless", Type: words, Doc: "A program that changes nothing; where it ends with status 0, nothing is done."},
				{Name: "stdin", Type: cty.String, Doc: "What the program reads from its standard input; default nothing."},
				{Name: "ok_status", Type: numbers, Default: cty.ListVal([]cty.Value{cty.Zero}), Doc: "Exit statuses that mean success."},
				{Name: "effect", Type: cty.String, OneOf: []string{string(sdk.Once), string(sdk.Idempotent), string(sdk.Read)},
					Default: cty.StringVal(string(sdk.Once)), Doc: "What the program does to the host: once, idempotent or read."},
			},
			Blocks: []sdk.Block{{Name: "changed_when", Doc: "What a change is told by; default every run is one.", Schema: sdk.Schema{Attributes: []sdk.Attribute{
				{Name: "status", Type: numbers, Doc: "Exit statuses that mean a change; they count as success too."},
				{Name: "stdout", Type: cty.String, Doc: "Regular expression (RE2) that some line of the output matches after a change."},
			}}}},
		},
		Outputs: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: "stdout", Type: cty.String, Doc: "Standard output, without the line ends at its end; null when it did not run."},
			{Name: "stderr", Type: cty.String, Doc: "Standard error, likewise."},
			{Name: "status", Type: cty.Number, Doc: "Exit status."},
		}},
	}
}

// Validate judges words, statuses, paths, and what contradicts itself.
func (Module) Validate(_ context.Context, req *sdk.Request) (out []sdk.Problem) {
	for _, arg := range []string{"argv", "unless"} {
		if req.Args.Known(arg) {
			out = append(out, judgeArgv(arg, req.Args.Attr(arg))...)
		}
	}
	for _, arg := range []string{"creates", "removes"} {
		if !req.Args.Known(arg) {
			continue
		}
		if p := req.Args.Attr(arg).AsString(); !strings.HasPrefix(p, "/") && !strings.HasPrefix(p, "~/") {
			out = append(out, sdk.Problem{Arg: arg, Summary: fmt.Sprintf("%q is no path on a host", p), Advice: "Begin it with / or ~/."})
		}
	}
	if req.Args.Known("ok_status") {
		out = append(out, judgeStatus("ok_status", req.Args.Attr("ok_status"))...)
	}
	out = append(out, judgeChangedWhen(req.Args.Attr("changed_when"))...)
	if req.Args.Known("effect") && req.Args.Attr("effect").AsString() == string(sdk.Read) {
		for _, arg := range []string{"creates", "removes", "unless", "changed_when"} {
			if v := req.Args.Attr(arg); v.IsKnown() && !v.IsNull() {
				out = append(out, sdk.Problem{Arg: arg, Summary: fmt.Sprintf(`effect = "read" and %s contradict each other`, arg),
					Detail: "a program that changes nothing has nothing to be spared", Advice: "Leave one of the two out."})
			}
		}
	}
	return out
}

func judgeArgv(arg string, v cty.Value) (out []sdk.Problem) {
	words := v.AsValueSlice()
	if len(words) == 0 {
		return []sdk.Problem{{Arg: arg, Summary: arg + " names no program"}}
	}
	for i, w := range words {
		at := fmt.Sprintf("%s[%d]", arg, i)
		switch {
		case w.IsNull():
			out = append(out, sdk.Problem{Arg: at, Summary: "a word of it is null"})
		case i == 0 && strings.TrimSpace(w.AsString()) == "":
			out = append(out, sdk.Problem{Arg: at, Summary: arg + " names no program"})
		case strings.ContainsAny(w.AsString(), "\x00\r\n"):
			out = append(out, sdk.Problem{Arg: at, Summary: "a word holds a line break or NUL", Detail: "it would not reach the program as it is",
				Advice: `Give a script of several lines as stdin to ["sh"].`})
		case i == 0 && len(words) == 1 && strings.Contains(w.AsString(), " "):
			out = append(out, sdk.Problem{Warning: true, Arg: at, Summary: "a program's name with blanks in it",
				Detail: "words are not split", Advice: fmt.Sprintf(`Write [%s].`, quoteAll(strings.Fields(w.AsString())))})
		}
	}
	return out
}

func quoteAll(words []string) string {
	for i, w := range words {
		words[i] = fmt.Sprintf("%q", w)
	}
	return strings.Join(words, ", ")
}

func judgeStatus(arg string, v cty.Value) (out []sdk.Problem) {
	for i, s := range v.AsValueSlice() {
		if s.IsNull() {
			out = append(out, sdk.Problem{Arg: fmt.Sprintf("%s[%d]", arg, i), Summary: "an exit status is null"})
		} else if n, _ := s.AsBigFloat().Float64(); n < 0 || n > 255 || n != float64(int(n)) {
			out = append(out, sdk.Problem{Arg: fmt.Sprintf("%s[%d]", arg, i), Summary: "an exit status is a whole number from 0 to 255"})
		}
	}
	return out
}

func judgeChangedWhen(v cty.Value) (out []sdk.Problem) {
	if v.IsNull() || !v.IsKnown() {
		return nil
	}
	status, stdout := v.GetAttr("status"), v.GetAttr("stdout")
	if status.IsNull() && stdout.IsNull() {
		return []sdk.Problem{{Arg: "changed_when", Summary: "changed_when says nothing", Advice: "Give status, stdout or both."}}
	}
	if !status.IsNull() && status.IsWhollyKnown() {
		out = judgeStatus("changed_when.status", status)
	}
	if !stdout.IsNull() && stdout.IsKnown() {
		if _, err := regexp.Compile(stdout.AsString()); err != nil {
			out = append(out, sdk.Problem{Arg: "changed_when.stdout", Summary: "stdout is no regular expression", Detail: err.Error()})
		}
	}
	return out
}
