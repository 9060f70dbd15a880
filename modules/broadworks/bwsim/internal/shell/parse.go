package shell

import (
	"errors"
	"fmt"
	"strings"
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

// operators, longest first.
var operators = []string{"&&", "||", "&>", ">>", ">&", ";", "|", "&", "<", ">", "(", ")", "`"}

func lex(script string) ([]token, error) {
	var tokens []token
	for rest := script; rest != ""; {
		switch b := rest[0]; {
		case b == ' ' || b == '\t' || b == '\r':
			rest = rest[1:]
		case b == '\n':
			tokens, rest = append(tokens, token{op: ";", word: word{}}), rest[1:]
		case b == '#':
			_, after, _ := strings.Cut(rest, "\n")
			rest = after
			tokens = append(tokens, token{op: ";", word: word{}})
		default:
			t, after, err := next(rest)
			if err != nil {
				return nil, err
			}
			tokens, rest = append(tokens, t), after
		}
	}
	return tokens, nil
}

// next takes one operator or word off.
func next(rest string) (token, string, error) {
	if (rest[0] == '1' || rest[0] == '2') && len(rest) > 1 && rest[1] == '>' {
		t, after, err := next(rest[1:])
		t.fd = int(rest[0] - '0')
		return t, after, err
	}
	for _, op := range operators {
		if strings.HasPrefix(rest, op) {
			return token{op: op, fd: -1}, rest[len(op):], nil
		}
	}
	w, after, err := lexWord(rest)
	return token{word: w}, after, err
}

func lexWord(rest string) (word, string, error) {
	var w word
	var plain strings.Builder
	end := func() {
		if plain.Len() > 0 {
			w = append(w, piece{text: plain.String(), expand: true})
			plain.Reset()
		}
	}
	for rest != "" && !strings.ContainsRune(" \t\r\n;|&<>()`", rune(rest[0])) {
		switch rest[0] {
		case '\'':
			end()
			text, after, ok := strings.Cut(rest[1:], "'")
			if !ok {
				return nil, "", ErrIncomplete
			}
			w, rest = append(w, piece{text: text, quoted: true}), after
		case '"':
			end()
			pieces, after, err := lexDouble(rest[1:])
			if err != nil {
				return nil, "", err
			}
			w, rest = append(w, pieces...), after
		case '\\':
			end()
			if len(rest) == 1 {
				return nil, "", ErrIncomplete
			}
			if rest[1] != '\n' {
				w = append(w, piece{text: rest[1:2], quoted: true})
			}
			rest = rest[2:]
		default:
			if strings.HasPrefix(rest, "$(") {
				return nil, "", errors.New("syntax error near unexpected token `$('")
			}
			plain.WriteByte(rest[0])
			rest = rest[1:]
		}
	}
	end()
	return w, rest, nil
}

// lexDouble reads up to the closing double quote.
func lexDouble(rest string) (word, string, error) {
	w := word{{quoted: true}} // "" is a word, too
	var text strings.Builder
	end := func() {
		w = append(w, piece{text: text.String(), expand: true, quoted: true})
		text.Reset()
	}
	for i := 0; i < len(rest); i++ {
		switch b := rest[i]; {
		case b == '"':
			end()
			return w, rest[i+1:], nil
		case b == '\\' && i+1 < len(rest) && strings.IndexByte("\"\\$`\n", rest[i+1]) >= 0:
			end()
			i++
			if rest[i] != '\n' {
				w = append(w, piece{text: rest[i : i+1], quoted: true})
			}
		case b == '`' || b == '$' && strings.HasPrefix(rest[i:], "$("):
			return nil, "", errors.New("syntax error: command substitution")
		default:
			text.WriteByte(b)
		}
	}
	return nil, "", ErrIncomplete
}

// Open tells whether a line needs another one to be complete.
func Open(line string) bool {
	_, err := parse(line)
	return err == ErrIncomplete
}
