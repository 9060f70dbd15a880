package diag

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

const source = `play "cti" {
  task "broadworks_trust" "anchor" {
    for_each = local.chain
    contex   = "/Interface/CTI/SSLCommonSettings/ClientAuthentication/Trusts"
    alias    = "webexclient${each.key}2023"

    notify = [handler.restrat]
  }
}
`

// at finds words of the source as HCL would.
func at(t *testing.T, src, words string) *hcl.Range {
	t.Helper()
	i := strings.Index(src, words)
	if i < 0 {
		t.Fatalf("no %q in the source", words)
	}
	pos := func(n int) hcl.Pos {
		line := strings.Count(src[:n], "\n")
		return hcl.Pos{Line: line + 1, Column: len([]rune(src[strings.LastIndex(src[:n], "\n")+1:n])) + 1, Byte: n}
	}
	return &hcl.Range{Filename: "cti.hcl", Start: pos(i), End: pos(i + len(words))}
}

func printed(t *testing.T, p Printer, ds ...Diagnostic) string {
	t.Helper()
	var b strings.Builder
	if err := p.Print(&b, ds...); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPrintInFile(t *testing.T) {
	p := Printer{Sources: map[string][]byte{"cti.hcl": []byte(source)}, Width: 72}
	got := printed(t, p, Diagnostic{
		Code: UnknownArgument, Summary: `unknown argument "contex" for module broadworks_trust`, Detail: "Not among the arguments.",
		Advice: `Did you mean "context"?  Required and missing: context.`, Subject: at(t, source, "contex "), In: `play "cti", task "anchor"`,
	}, Diagnostic{
		Severity: Warning, Code: UnknownHandler, Summary: "notify points at a handler that does not exist", Subject: at(t, source, "handler.restrat"),
		Detail: "The play has two handlers, and neither of them has that name, nor has one at file level.", Advice: "Did you mean handler.restart?",
	})
	want := `Error[E0203]: unknown argument "contex" for module broadworks_trust

  cti.hcl:4,5-12, in play "cti", task "anchor"
    3 │     for_each = local.chain
    4 │     contex   = "/Interface/CTI/SSLCommonSettings/ClientAuthenti…
      │     ^^^^^^^ Not among the arguments.
    5 │     alias    = "webexclient${each.key}2023"

  Did you mean "context"?  Required and missing: context.

Warning[E0301]: notify points at a handler that does not exist

  cti.hcl:7,15-30
    7 │     notify = [handler.restrat]
      │               ^^^^^^^^^^^^^^^
    8 │   }

  The play has two handlers, and neither of them has that name, nor has
  one at file level.

  Did you mean handler.restart?
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPrintSelector(t *testing.T) {
	got := printed(t, Printer{ASCII: true}, Diagnostic{
		Code: NothingMatches, Summary: `no host matches "xps"`, Source: "command line, --limit 'xps:&fra'", Mark: &Mark{23, 26},
		Advice: `Did you mean group "xsp" (48 hosts)?`,
	})
	want := `Error[E0110]: no host matches "xps"

  command line, --limit 'xps:&fra'
                         ^^^

  Did you mean group "xsp" (48 hosts)?
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPrintOnHost(t *testing.T) {
	got := printed(t, Printer{Width: 70, WorkDir: "/home/op"}, Diagnostic{
		Code: NodeFailed, Summary: "could not replace a trust anchor", Where: `xsp01.fra (127.0.1.1), cti.task.anchors["root"], attempt 1 of 3`,
		What: "updateTrust x -> bwcli answered:\n  [Error] Alias \x1b[31malready exists.", Detail: "The alias holds another certificate, which was added outside of muster.",
		State: "Nothing was changed.", Do: []string{"Set replace = true.", "Skip the host."},
		Subject: &hcl.Range{Filename: "/home/op/cti.hcl", Start: hcl.Pos{Line: 3, Column: 1}, End: hcl.Pos{Line: 3, Column: 5}},
	})
	want := `Error[E1001]: could not replace a trust anchor

  where   xsp01.fra (127.0.1.1), cti.task.anchors["root"], attempt 1
          of 3
          cti.hcl:3,1-5
  what    updateTrust x -> bwcli answered:
            [Error] Alias \x1b[31malready exists.
  why     The alias holds another certificate, which was added outside
          of muster.
  state   Nothing was changed.
  do      Set replace = true.
          Skip the host.
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPrintOddSources(t *testing.T) {
	long := "x = \"" + strings.Repeat("a", 200) + "\" + nosuch\n"
	for name, tt := range map[string]struct {
		src, words string
		printer    Printer
		want       []string // lines of the snippet
	}{
		"tab":        {"\tfoo = 1\n", "foo", Printer{}, []string{"    1 │     foo = 1", "      │     ^^^"}},
		"wide":       {"a = \"世界\" + b\n", "b", Printer{}, []string{`    1 │ a = "世界" + b`, "      │              ^"}},
		"ascii":      {"a = \"ü\" + b\n", "b", Printer{ASCII: true}, []string{`    1 | a = "\u00fc" + b`, "      |                ^"}},
		"escape":     {"a = \"\x1b[2J\" + b\n", "b", Printer{}, []string{`    1 │ a = "\x1b[2J" + b`, "      │                 ^"}},
		"crlf":       {"a = b\r\nc = d\r\n", "b", Printer{}, []string{"    1 │ a = b", "      │     ^", "    2 │ c = d"}},
		"far right":  {long, "nosuch", Printer{Width: 50}, []string{"    1 │ …aaaaaaaaa\" + nosuch", "      │               ^^^^^^"}},
		"many lines": {"a = [\n  1,\n]\n", "[\n  1,\n]", Printer{}, []string{"    1 │ a = [", "      │     ^", "    2 │   1,"}},
		"colour":     {"a = b\n", "b", Printer{Color: true}, []string{"    1 │ a = b", "      │     \x1b[1;31m^\x1b[0m"}},
	} {
		t.Run(name, func(t *testing.T) {
			tt.printer.Sources = map[string][]byte{"cti.hcl": []byte(tt.src)}
			got := printed(t, tt.printer, Diagnostic{Code: BadSyntax, Summary: "s", Subject: at(t, tt.src, tt.words)})
			lines := strings.Split(strings.TrimRight(got, "\n"), "\n")[3:]
			if diff := cmp.Diff(tt.want, lines); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestPrintBadRanges: a range that does not fit its source, as after an edit, is no reason to fail.
func TestPrintBadRanges(t *testing.T) {
	for _, r := range []hcl.Range{
		{Filename: "cti.hcl"}, {Filename: "cti.hcl", Start: hcl.Pos{Line: 99, Column: 99}}, {Filename: "nosuch"},
		{Filename: "cti.hcl", Start: hcl.Pos{Line: 1, Column: 99}, End: hcl.Pos{Line: 1, Column: 3}},
		{Filename: "cti.hcl", Start: hcl.Pos{Line: 9, Column: 1}, End: hcl.Pos{Line: 10, Column: 1}},
	} {
		printed(t, Printer{Sources: map[string][]byte{"cti.hcl": []byte(source)}}, Diagnostic{Code: BadSyntax, Summary: "s", Subject: &r})
		printed(t, Printer{Sources: map[string][]byte{"cti.hcl": nil}}, Diagnostic{Code: BadSyntax, Summary: "s", Subject: &r, Mark: &Mark{5, 2}})
	}
}

func TestPrintContext(t *testing.T) {
	p := Printer{Sources: map[string][]byte{"cti.hcl": []byte(source)}}
	got := printed(t, p, Diagnostic{Code: MissingArgument, Summary: "s", Subject: at(t, source, "task"), Context: at(t, source, source[strings.Index(source, "task"):strings.Index(source, "alias")])})
	if n := strings.Count(got, "│"); n != 5 {
		t.Errorf("%d lines of snippet, want 4 and the underline:\n%s", n, got)
	}
}

func TestJSON(t *testing.T) {
	d := Diagnostic{Severity: Note, Code: ByteOrderMark, Summary: "s", Subject: at(t, source, "contex"), Mark: &Mark{1, 2}, Do: []string{"x"}}
	got, err := json.Marshal(Diagnostics{d})
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"severity":"note","code":"N0101","summary":"s","range":{"file":"cti.hcl","start":{"line":4,"column":5,"byte":81},"end":{"line":4,"column":11,"byte":87}},"mark":{"from":1,"to":2},"do":["x"]}]`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}

func TestSorted(t *testing.T) {
	a := Diagnostic{Code: "A", Summary: "a", Subject: at(t, source, "alias")}
	b := Diagnostic{Code: "B", Summary: "b", Subject: at(t, source, "contex")}
	w := Diagnostic{Severity: Warning, Code: "W", Summary: "w"}
	n := Diagnostic{Code: "N", Summary: "n"}
	got := Diagnostics{w, a, b, a, n, w}.Sorted()
	if diff := cmp.Diff(Diagnostics{n, b, a, w}, got); diff != "" {
		t.Error(diff)
	}
}

func TestFromHCL(t *testing.T) {
	for src, want := range map[string]string{
		"a = [1\n":                   BadSyntax,
		"a = \"x\n":                  BadSyntax,
		"a {\n":                      BadSyntax,
		"a = 1\na = 2\n":             Duplicate,
		"a = nosuch\n":               UnknownReference,
		"a = f(1)\n":                 UnknownFunction,
		"a = [1].b\n":                UnknownAttribute,
		"a = null.b\n":               NullValue,
		"a = 1 + \"x\"\n":            WrongType,
		"a = \"x${[1]}\"\n":          WrongType,
		"a = \"a\" ? 1 : 2\n":        WrongType,
		"a = [for x in 1: x]\n":      WrongType,
		"a = true ? [1] : {b = 2}\n": "",
	} {
		f, hd := hclsyntax.ParseConfig([]byte(src), "a.hcl", hcl.InitialPos)
		if !hd.HasErrors() {
			attrs, _ := f.Body.JustAttributes()
			_, hd = attrs["a"].Expr.Value(&hcl.EvalContext{Variables: map[string]cty.Value{"v": cty.True}, Functions: map[string]function.Function{"g": stdlib.UpperFunc}})
		}
		for _, d := range FromHCL(hd) {
			if d.Code != want && want != "" {
				t.Errorf("%q is %s (%s), want %s", src, d.Code, d.Summary, want)
			}
			if d.Code == "" || d.Summary == "" || d.Advice == "" || d.Detail == "" {
				t.Errorf("%q lacks a part: %+v", src, d)
			}
			if Text(d.Code) == "" {
				t.Errorf("code %s is not in the table", d.Code)
			}
		}
		if !hd.HasErrors() && want != "" {
			t.Errorf("%q has no error", src)
		}
	}
}

func TestFromError(t *testing.T) {
	cause := &Cause{Code: PathEscapes, Summary: "s", Detail: "d", Advice: "a", Err: errors.ErrUnsupported}
	if d := FromError(errors.Join(errors.New("x"), cause), nil, FileUnreadable, "", ""); d.Code != PathEscapes || d.Detail != "d" {
		t.Errorf("the cause is lost: %+v", d)
	}
	if !errors.Is(cause, errors.ErrUnsupported) {
		t.Error("a cause hides what it wraps")
	}
	if d := FromError(errors.New("no space left"), nil, FileUnreadable, "s", "a"); d.Detail != "No space left." {
		t.Errorf("detail %q", d.Detail)
	}
}

// A path is to be copied whole.
func TestLinesBreakAtSpacesOnly(t *testing.T) {
	long := "/tmp/lab-of-" + strings.Repeat("many-", 20) + "words.pem"
	d := Diagnostic{Severity: Error, Code: BadCertificate, Summary: "the certificate cannot be used",
		Detail: "The file is " + long + ", and it is " + strings.Repeat("quite ", 20) + "long.", Advice: "  two  spaces stay"}
	var b strings.Builder
	if err := (Printer{Width: 60}).Print(&b, d); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "\n  "+long+",\n") || !strings.Contains(b.String(), "two  spaces stay") {
		t.Errorf("got\n%s", b.String())
	}
	for _, line := range strings.Split(b.String(), "\n") {
		if len(line) > 60 && !strings.Contains(line, long) {
			t.Errorf("%q is longer than 60", line)
		}
	}
}
