package shell

import (
	"errors"
	"fmt"
)

// ErrIncomplete says that a quote is open or a line ends in an operator.
var ErrIncomplete = errors.New("unexpected end of line")

// item is a pipeline and the operator before it.
type item struct {
	op   string // "", ";", "&&" or "||"
	pipe []simple
}

type simple struct {
	words     []word
	redirects []redirect
}

// redirect is e.g. 2>file; dup is the target of 2>&1.
type redirect struct {
	fd     int
	op     string // "<", ">", ">>" or ">&"
	target word
}

// word is made of pieces; what was quoted is not split or expanded as a name.
type word []piece

type piece struct {
	text   string
	expand bool // variables are replaced
	quoted bool
}

// token is a word, or an operator; the ";" of a line's end has an empty word.
type token struct {
	op   string
	word word
	fd   int // of a redirection operator, -1 when not written
}

func parse(script string) ([]item, error) {
	tokens, err := lex(script)
	if err != nil {
		return nil, err
	}
	var list []item
	var current simple
	var pipe []simple
	op := ""
	for i := 0; i < len(tokens); i++ {
		switch t := tokens[i]; t.op {
		case "":
			current.words = append(current.words, t.word)
		case "<", ">", ">>", ">&", "&>":
			if i++; i == len(tokens) || tokens[i].op != "" {
				return nil, fmt.Errorf("syntax error near unexpected token `newline'")
			}
			current.redirects = append(current.redirects, redirections(t, tokens[i].word)...)
		case "|", ";", "&&", "||":
			if current.empty() {
				if t.word != nil {
					continue // an empty line
				}
				return nil, fmt.Errorf("syntax error near unexpected token `%s'", t.op)
			}
			pipe, current = append(pipe, current), simple{}
			if t.op != "|" {
				list = append(list, item{op, pipe})
				op, pipe = t.op, nil
			}
		default:
			return nil, fmt.Errorf("syntax error near unexpected token `%s'", t.op)
		}
	}
	if !current.empty() {
		return append(list, item{op, append(pipe, current)}), nil
	}
	if pipe != nil || op == "&&" || op == "||" {
		return nil, ErrIncomplete
	}
	return list, nil
}

func (c simple) empty() bool { return len(c.words)+len(c.redirects) == 0 }

func redirections(t token, target word) []redirect {
	fd := t.fd
	if fd < 0 && t.op != "<" {
		fd = 1
	}
	if t.op == "&>" {
		return []redirect{{1, ">", target}, {2, ">&", word{{text: "1"}}}}
	}
	return []redirect{{fd, t.op, target}}
}

// Open tells whether a line needs another one to be complete.
func Open(line string) bool {
	_, err := parse(line)
	return err == ErrIncomplete
}
