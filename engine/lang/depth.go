package lang

import (
	"bytes"
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/muster-run/muster/engine/diag"
)

const (
	// maxDepth bounds what the parser recurses on: open brackets, templates and blocks, chains of unary operators, and
	// conditionals inside each other.
	maxDepth = 100
	// maxChain bounds what evaluation recurses on: the operators and indexes of one expression, which nest to the left.
	maxChain = 500
)

// level is what is open at one place of the token stream.
type level struct {
	newlines bool // a newline ends the expression: bodies and objects, not lists, calls and parentheses
	held     int  // unary operators that stand before the bracket
	ifs      int  // conditionals not yet ended by a separator
	chain    int  // operators and indexes since the last separator
	controls int  // %{ if } and %{ for } without their end
}

// gauge walks tokens and knows how deep a recursive parser would stand. The lexer itself does not recurse.
type gauge struct {
	open  []level
	unary int // unary operators directly before the token
	depth int // len(open) and all ifs, unary operators and controls of the open levels
	prev  hclsyntax.TokenType
}

func checkDepth(filename string, src []byte) (diag.Diagnostic, bool) {
	tokens, _ := hclsyntax.LexConfig(src, filename, hcl.InitialPos) // the parser reports what the lexer finds
	return checkTokens(tokens)
}

func checkTokens(tokens hclsyntax.Tokens) (diag.Diagnostic, bool) {
	g := gauge{open: []level{{newlines: true}}}
	for i, t := range tokens {
		if t.Type == hclsyntax.TokenNumberLit && !bearable(t.Bytes) {
			rng := t.Range
			return diag.Diagnostic{
				Code: diag.BadSyntax, Summary: "the number is out of range", Subject: &rng, Advice: "Write the number that is meant.",
				Detail: "A number may have 300 digits and an exponent of three digits; arithmetic on larger ones can take for ever.",
			}, true
		}
		g.step(t, next(tokens, i))
		if g.depth > maxDepth || g.top().chain > maxChain {
			rng := t.Range
			return diag.Diagnostic{
				Code: diag.NestedTooDeep, Summary: "nested too deeply", Subject: &rng, Advice: "Name parts of it in locals, or check for a bracket that is never closed.",
				Detail: fmt.Sprintf("Brackets, blocks, templates and conditions may stand at most %d deep in each other, and one expression may chain at most %d operators.", maxDepth, maxChain),
			}, true
		}
	}
	return diag.Diagnostic{}, false
}

// bearable reports whether a number literal is of a size that can be written out.
func bearable(literal []byte) bool {
	digits, exponent, _ := bytes.Cut(bytes.ToLower(literal), []byte("e"))
	return len(digits) <= 300 && len(bytes.TrimLeft(exponent, "+-0")) <= 3
}

func next(tokens hclsyntax.Tokens, i int) string {
	if i+1 < len(tokens) {
		return string(tokens[i+1].Bytes)
	}
	return ""
}

func (g *gauge) top() *level { return &g.open[len(g.open)-1] }

func (g *gauge) step(t hclsyntax.Token, following string) {
	switch t.Type {
	case hclsyntax.TokenOBrace:
		g.push(true)
	case hclsyntax.TokenOBrack:
		g.top().chain++
		g.push(false)
	case hclsyntax.TokenOParen, hclsyntax.TokenTemplateInterp, hclsyntax.TokenOQuote, hclsyntax.TokenOHeredoc:
		g.push(false)
	case hclsyntax.TokenTemplateControl:
		g.control(following)
		g.push(false)
	case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenTemplateSeqEnd, hclsyntax.TokenCQuote, hclsyntax.TokenCHeredoc:
		g.pop()
	case hclsyntax.TokenComma:
		g.separate()
	case hclsyntax.TokenNewline:
		if g.top().newlines {
			g.separate()
		}
	case hclsyntax.TokenQuestion:
		g.top().ifs++
		g.depth++
	default:
		g.operator(t.Type)
	}
	g.prev = t.Type
}

// operator counts a token that is neither bracket nor separator: unary where no operand stands before it.
func (g *gauge) operator(t hclsyntax.TokenType) {
	switch {
	case t == hclsyntax.TokenBang, t == hclsyntax.TokenMinus && !endsOperand(g.prev):
		g.unary++
		g.depth++
	case t == hclsyntax.TokenIdent, t == hclsyntax.TokenNumberLit:
		g.depth -= g.unary
		g.unary = 0
	case isBinary(t), t == hclsyntax.TokenDot:
		g.top().chain++
	}
}

func (g *gauge) push(newlines bool) {
	// Unary operators before a bracket stay on the stack as long as the bracket is open.
	g.open = append(g.open, level{newlines: newlines, held: g.unary})
	g.unary = 0
	g.depth++
}

func (g *gauge) pop() {
	if len(g.open) == 1 {
		return // more closed than opened: the parser says so
	}
	g.depth -= 1 + g.top().held + g.top().ifs + g.top().controls + g.unary
	g.unary = 0
	g.open = g.open[:len(g.open)-1]
}

func (g *gauge) separate() {
	g.depth -= g.top().ifs + g.unary
	g.top().ifs, g.top().chain, g.unary = 0, 0, 0
}

func (g *gauge) control(keyword string) {
	switch keyword {
	case "if", "for":
		g.top().controls++
		g.depth++
	case "endif", "endfor":
		if g.top().controls > 0 {
			g.top().controls--
			g.depth--
		}
	}
}

func endsOperand(t hclsyntax.TokenType) bool {
	switch t {
	case hclsyntax.TokenIdent, hclsyntax.TokenNumberLit, hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenCQuote, hclsyntax.TokenCHeredoc:
		return true
	}
	return false
}

func isBinary(t hclsyntax.TokenType) bool {
	switch t {
	case hclsyntax.TokenPlus, hclsyntax.TokenMinus, hclsyntax.TokenStar, hclsyntax.TokenSlash, hclsyntax.TokenPercent,
		hclsyntax.TokenAnd, hclsyntax.TokenOr, hclsyntax.TokenEqualOp, hclsyntax.TokenNotEqual,
		hclsyntax.TokenGreaterThan, hclsyntax.TokenGreaterThanEq, hclsyntax.TokenLessThan, hclsyntax.TokenLessThanEq:
		return true
	}
	return false
}
