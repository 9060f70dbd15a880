package broadworks

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/plugins/sdk"
)

// Raw is the module bwcli: commands of any context, with what they are to bring about.
type Raw struct{}

const rawDoc = `For the contexts that have no module of their own. The task says what a listing is to show; where it does, nothing is typed.

**Reading.** ` + "`read`" + ` is typed in the context; default ` + "`get`" + ` where there is something to compare. A table becomes ` + "`rows`" + `, lines of the form
key = value (and tables of two columns) become ` + "`values`" + `, for later tasks.

**Comparing.** ` + "`want`" + ` are keys with their values, ` + "`want_rows`" + ` rows that must be in the table, ` + "`unwanted_rows`" + ` rows that must not; a row gives as
many columns as tell it apart. Headings and keys are compared without regard to case, blanks and joining marks; a heading
that begins with the name counts. Words for yes and no are equal (true, yes, on). Other values are compared exactly, or
without regard to case with ` + "`ignore_case`" + `. A column that the table does not have is an error, since it would otherwise never match.

**Changing.** Where not all is as wanted, ` + "`do`" + ` is typed, command by command; each is a list of words, quoted where they hold blanks.
It stops at the first command that is refused. Then the listing is read back: what it shows decides, not what the commands
printed. Without something to compare, ` + "`do`" + ` is typed by every apply, a refusal or an unknown answer fails, and nothing is proved. Without ` + "`do`" + `,
the task reads, and fails where what it reads is not as wanted.

**Questions.** A question is answered with yes where it holds a text of ` + "`confirm`" + `, else with no, and the task fails. Where bwcli asks for a
password or passphrase, the ` + "`secret`" + ` whose ` + "`prompt`" + ` is part of the question is typed by muster; this module never has it. Do not
write secrets into ` + "`do`" + `: commands are shown.

` + "`effect = \"idempotent\"`" + ` says that the commands may be repeated after a lost connection.`

// Describe says what the module takes and is.
func (Raw) Describe() sdk.Description {
	words, row := cty.List(cty.String), cty.Map(cty.String)
	return sdk.Description{
		Name:    "bwcli",
		Summary: "Reads any context of bwcli, and types commands where it does not show what it should.",
		Doc:     rawDoc,
		Example: `task "bwcli" "events" {
  context = "/Applications/Xsi-Events/GeneralSettings"
  want    = { callControlApplicationName = "com.broadsoft.xsi-events" }
  do      = [["set", "callControlApplicationName", "com.broadsoft.xsi-events"]]
  notify  = [handler.restart]
}`,
		Kind: sdk.Action,
		Args: sdk.Schema{
			Attributes: []sdk.Attribute{
				{Name: "context", Type: cty.String, Required: true, Doc: "The level of bwcli's tree, without the server type before it."},
				{Name: "read", Type: words, Doc: `Words of the command that lists; begins with "get".`},
				{Name: "want", Type: row, Doc: "Keys and the values that they must have."},
				{Name: "want_rows", Type: cty.List(row), Doc: "Rows that must be there: column and cell."},
				{Name: "unwanted_rows", Type: cty.List(row), Doc: "Rows that must not be there."},
				{Name: "ignore_case", Type: cty.Bool, Default: cty.False, Doc: "Whether values are equal that differ in case only."},
				{Name: "do", Type: cty.List(words), Doc: "Commands, each a list of words."},
				{Name: "effect", Type: cty.String, OneOf: []string{string(sdk.Once), string(sdk.Idempotent)}, Default: cty.StringVal(string(sdk.Once)),
					Doc: "What a repetition of the commands would do: once or idempotent."},
				{Name: "confirm", Type: words, Doc: "Parts of questions that are answered with yes."},
			},
			Blocks: []sdk.Block{{Name: "secret", Repeat: true, Doc: "What is typed at a password prompt.", Schema: sdk.Schema{Attributes: []sdk.Attribute{
				{Name: "prompt", Type: cty.String, Required: true, Doc: `Part of the question, such as "Password".`},
				{Name: "value", Type: cty.String, Source: sdk.FromSecret, Required: true, Sensitive: true, Doc: "The secret."},
			}}}},
		},
		Outputs: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: "values", Type: row, Doc: "Keys and values, as read last."},
			{Name: "rows", Type: cty.List(row), Doc: "Rows of the table, by heading."},
			{Name: "text", Type: cty.String, Doc: "What the listing printed."},
		}},
		HostData:  cliData,
		Exclusive: []string{cliResource},
	}
}

// leaving are commands that move about in bwcli, which is for the driver to do.
var leaving = []string{"quit", "exit", "q", "qa", "cd", "logout"}

// Validate refuses what bwcli could not be given, and a task that says nothing.
func (Raw) Validate(_ context.Context, req *sdk.Request) (out []sdk.Problem) {
	out = append(out, judgeContext(req)...)
	out = append(out, judgeWords(req, "read", func(first string) string {
		if !strings.EqualFold(first, "get") {
			return `a command that lists begins with "get"`
		}
		return ""
	})...)
	absent := func(arg string) bool { v := req.Args.Attr(arg); return v.IsKnown() && v.IsNull() }
	if absent("read") && absent("do") && absent("want") && absent("want_rows") && absent("unwanted_rows") {
		out = append(out, sdk.Problem{Summary: "the task says nothing to read and nothing to do", Advice: `Give read = ["get"], or what to want and to do.`})
	}
	for _, arg := range []string{"want_rows", "unwanted_rows"} {
		if !req.Args.Known(arg) {
			continue
		}
		for i, r := range req.Args.Attr(arg).AsValueSlice() {
			if r.IsNull() || r.LengthInt() == 0 {
				out = append(out, sdk.Problem{Arg: fmt.Sprintf("%s[%d]", arg, i), Summary: "a row without columns would match any"})
			}
		}
	}
	out = append(out, judgeDo(req)...)
	return append(out, judgeTexts(req)...)
}

func judgeContext(req *sdk.Request) []sdk.Problem {
	if !req.Args.Known("context") {
		return nil
	}
	c := req.Args.Attr("context").AsString()
	if head, rest, ok := strings.Cut(c, "/"); ok && strings.HasSuffix(strings.ToUpper(head), "CLI") {
		return []sdk.Problem{{Arg: "context", Summary: "context begins with the server type", Advice: fmt.Sprintf("Write %q.", "/"+strings.TrimRight(rest, "/> "))}}
	}
	if !strings.HasPrefix(c, "/") || c != "/" && strings.HasSuffix(c, "/") || strings.Contains(c, "//") {
		return []sdk.Problem{{Arg: "context", Summary: fmt.Sprintf("%q is no context", c), Advice: `Write it from the root, such as "/Interface/CTI".`}}
	}
	if strings.ContainsAny(c, " >") {
		return []sdk.Problem{{Arg: "context", Summary: "context holds a blank or >", Advice: "Write the path alone, without the prompt's end or a command."}}
	}
	return typable(req, "context")
}

// judgeWords judges a list of words; first says what is wrong with the verb.
func judgeWords(req *sdk.Request, arg string, first func(string) string) []sdk.Problem {
	if !req.Args.Known(arg) {
		return nil
	}
	return judgeCommand(arg, req.Args.Attr(arg), first)
}

func judgeCommand(at string, command cty.Value, first func(string) string) (out []sdk.Problem) {
	if command.IsNull() || command.LengthInt() == 0 {
		return []sdk.Problem{{Arg: at, Summary: "a command without words"}}
	}
	for i, w := range command.AsValueSlice() {
		p := sdk.Problem{Arg: fmt.Sprintf("%s[%d]", at, i)}
		switch {
		case w.IsNull():
			p.Summary = "a word is null"
		case bwcli.CheckValue(w.AsString()) != nil:
			p.Summary, p.Detail = "a word cannot be typed in bwcli", bwcli.CheckValue(w.AsString()).Error()
			p.Advice = "Nothing is ever escaped or removed: give a value without that character."
		case i == 0 && strings.Contains(w.AsString(), " "):
			p.Summary, p.Advice = "a verb with blanks in it", fmt.Sprintf("Words are not split: write %q, each in quotes of its own.", strings.Fields(w.AsString()))
		case i == 0 && first(w.AsString()) != "":
			p.Summary = first(w.AsString())
		default:
			continue
		}
		out = append(out, p)
	}
	return out
}

func judgeDo(req *sdk.Request) (out []sdk.Problem) {
	if !req.Args.Known("do") {
		return nil
	}
	for i, c := range req.Args.Attr("do").AsValueSlice() {
		out = append(out, judgeCommand(fmt.Sprintf("do[%d]", i), c, func(verb string) string {
			if slices.Contains(leaving, strings.ToLower(verb)) || strings.HasPrefix(verb, "/") {
				return fmt.Sprintf("%q leaves the context, which only the task's context decides", verb)
			}
			return ""
		})...)
	}
	return out
}

// judgeTexts refuses texts that every question holds.
func judgeTexts(req *sdk.Request) (out []sdk.Problem) {
	if req.Args.Known("confirm") {
		for i, c := range req.Args.Attr("confirm").AsValueSlice() {
			if c.IsNull() || strings.TrimSpace(c.AsString()) == "" {
				out = append(out, sdk.Problem{Arg: fmt.Sprintf("confirm[%d]", i), Summary: "an empty text is part of every question"})
			}
		}
	}
	secrets := req.Args.Attr("secret")
	if secrets.IsNull() || !secrets.IsKnown() {
		return out
	}
	for i, s := range secrets.AsValueSlice() {
		if s.IsNull() || !s.IsKnown() {
			continue
		}
		if p := s.GetAttr("prompt"); p.IsKnown() && (p.IsNull() || strings.TrimSpace(p.AsString()) == "") {
			out = append(out, sdk.Problem{Arg: fmt.Sprintf("secret[%d].prompt", i), Summary: "an empty text is part of every question"})
		}
	}
	return out
}
