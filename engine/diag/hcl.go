package diag

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
)

// form is how a diagnostic of the HCL library is worded here. An empty summary keeps hcl's own.
type form struct{ code, summary, advice string }

// forms maps the summaries of hcl, which are its only identification. What is missing here was found while parsing or
// while evaluating; FromHCL tells which by the diagnostic's expression.
var forms = map[string]form{
	"Unsupported argument":                         {UnknownArgument, "", "See docs/language.md for what may stand here."},
	"Missing required argument":                    {MissingArgument, "", "Add the argument."},
	"Unsupported block type":                       {UnknownBlock, "", "See docs/language.md for what may stand here."},
	"Attribute redefined":                          {Duplicate, "argument given twice", "Remove one of the two."},
	"Duplicate argument":                           {Duplicate, "argument given twice", "Remove one of the two."},
	"Unknown variable":                             {UnknownReference, "reference to an unknown name", "An expression may refer to var, local, host, each, task and play; text goes in quotes."},
	"Variables not allowed":                        {NotConstant, "references are not allowed here", "Write a constant."},
	"Function calls not allowed":                   {NotConstant, "function calls are not allowed here", "Write a constant."},
	"Unsupported attribute":                        {UnknownAttribute, "no attribute of that name", "Check the name after the dot."},
	"Missing map element":                          {UnknownAttribute, "no element with that key", "Check the key, or use try() or lookup()."},
	"Invalid index":                                {UnknownAttribute, "no element with that index", "Check the index, or use try() or lookup()."},
	"Attempt to get attribute from null value":     {NullValue, "the value is null and has no attributes", "Guard it with try() or a condition."},
	"Attempt to index null value":                  {NullValue, "the value is null and has no elements", "Guard it with try() or a condition."},
	"Iteration over null value":                    {NullValue, "a null value cannot be walked", "Guard it with try() or coalesce()."},
	"Condition is null":                            {NullValue, "the condition is null", "A condition is true or false."},
	"Call to unknown function":                     {UnknownFunction, "unknown function", "See docs/language.md for the functions there are."},
	"Not enough function arguments":                {BadFunctionCall, "too few arguments for a function", "See docs/language.md for what the function takes."},
	"Too many function arguments":                  {BadFunctionCall, "too many arguments for a function", "See docs/language.md for what the function takes."},
	"Invalid function argument":                    {BadFunctionCall, "a function cannot use its argument", "Change the argument."},
	"Error in function call":                       {BadFunctionCall, "a function failed", "Change the arguments."},
	"Incorrect condition type":                     {WrongType, "a condition has to be true or false", "Compare the value with something."},
	"Invalid operand":                              {WrongType, "an operator cannot use its operand", "Convert the operand, or use a function."},
	"Inconsistent conditional result types":        {WrongType, "", "Give both results one type."},
	"Unsuitable value type":                        {WrongType, "", "Change the value."},
	"Incorrect attribute value type":               {WrongType, "", "Change the value."},
	"Invalid template interpolation value":         {WrongType, "a value cannot stand in text", "Pick a part of the value, or use jsonencode()."},
	"Iteration over non-iterable value":            {WrongType, "a value cannot be walked", "Give a list, a set or a map."},
	"Unclosed configuration block":                 {BadSyntax, "a block is not closed", "Add the closing brace."},
	"Unterminated template string":                 {BadSyntax, "a string is not closed", `Add the closing quote; a newline inside a string is written \n.`},
	"Invalid multi-line string":                    {BadSyntax, "a string is not closed on its line", `Add the closing quote, or write a long text as <<-EOT.`},
	"Unclosed template interpolation sequence":     {BadSyntax, "${ is not closed", "Add the closing brace; write $${ for the characters themselves."},
	"Invalid type specification":                   {WrongType, "", "Types are string, number, bool, list(...), set(...), map(...), object({...}), tuple([...]) and any."},
	"Argument or block definition required":        {BadSyntax, "an argument or a block is expected", "Write NAME = VALUE, or a block."},
	"Missing newline after argument":               {BadSyntax, "one argument to a line", "Put what follows on a line of its own."},
	"Missing newline after block definition":       {BadSyntax, "one block to a line", "Put what follows on a line of its own."},
	"Invalid expression":                           {BadSyntax, "an expression is expected", "Text goes in quotes."},
	"Missing expression":                           {BadSyntax, "an expression is expected", "Add the value."},
	"Invalid character":                            {BadSyntax, "a character that means nothing here", "Remove it; text goes in quotes."},
	"Invalid character encoding":                   {FileNotText, "", "Save the file as UTF-8."},
	"Invalid default value for optional attribute": {WrongType, "", "Change the default."},
}

// FromHCL words diagnostics of the HCL library as ours: with a code, and with a next step.
func FromHCL(in hcl.Diagnostics) Diagnostics {
	var out Diagnostics
	for _, h := range in {
		if c, ok := callCause(h); ok {
			d := c.Diagnostic(h.Subject)
			d.Context = h.Context
			out = append(out, d)
			continue
		}
		f, ok := forms[h.Summary]
		if !ok {
			f = unlisted(h)
		}
		d := Diagnostic{Code: f.code, Summary: f.summary, Detail: h.Detail, Advice: f.advice, Subject: h.Subject, Context: h.Context}
		if h.Severity == hcl.DiagWarning {
			d.Severity = Warning
		}
		if d.Summary == "" {
			d.Summary = lowerFirst(h.Summary)
		}
		if i := strings.Index(d.Detail, "Did you mean"); i >= 0 {
			d.Detail, d.Advice = strings.TrimSpace(d.Detail[:i]), d.Detail[i:]
		}
		out = append(out, d)
	}
	return out
}

func unlisted(h *hcl.Diagnostic) form {
	switch {
	case strings.HasPrefix(h.Summary, "Unexpected \""):
		return form{UnknownBlock, "", "Remove the block."}
	case strings.HasPrefix(h.Summary, "Extraneous label for "):
		return form{BadLabels, "", "Remove the label."}
	case strings.HasPrefix(h.Summary, "Missing ") && strings.Contains(h.Summary, " for "):
		return form{BadLabels, "", "Add the label, in quotes, before the brace."}
	}
	if h.Expression != nil {
		return form{BadExpression, "", "Change the expression."}
	}
	return form{BadSyntax, "", "Correct the text at the place shown."}
}

func lowerFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n < len(s) {
		if next, _ := utf8.DecodeRuneInString(s[n:]); unicode.IsUpper(next) {
			return s // an abbreviation
		}
	}
	return string(unicode.ToLower(r)) + s[n:]
}

// sentence makes an error's text a sentence: a capital letter and a full stop.
func sentence(s string) string {
	if s == "" {
		return s
	}
	r, n := utf8.DecodeRuneInString(s)
	s = string(unicode.ToUpper(r)) + s[n:]
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return s
}
