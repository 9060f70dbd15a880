package shell

import (
	"errors"
	"strings"
)

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
