package prompt

import (
	"strings"
	"unicode/utf8"
)

// cutEcho finds the echo of the sent line and returns what came before and what came after it. An echo stands at the
// beginning, or at the end of a later line when something else was printed first: then what stands before it is late when
// it ends in a prompt, and belongs to the reply when only the echo was slow. A terminal may have wrapped the echo, which puts
// blanks, \r and \n anywhere into it, or redrawn it with backspaces.
func cutEcho(text, sent string) (late, rest string, found bool) {
	if sent == "" {
		return "", text, false
	}
	if rest, ok := echoAt(text, sent); ok {
		return "", rest, true
	}
	prompted := false
	for at := 0; at < len(text); {
		end := strings.IndexByte(text[at:], '\n')
		if end < 0 {
			break
		}
		line := drawn(text[at : at+end])
		before, rest, ok := echoIn(text[at:], line, sent)
		if ok && strings.TrimSpace(before) == "" && !prompted {
			return "", text[:at] + rest, true
		}
		if ok {
			return text[:at], rest, true
		}
		prompted = prompted || promptEnd.MatchString(line)
		at += end + 1
	}
	return "", text, false
}

// echoIn finds the echo on the first line of text, which is drawn as given, and returns what stands before and after it.
func echoIn(text, line, sent string) (before, rest string, ok bool) {
	if before, ok := strings.CutSuffix(strings.TrimRight(line, " "), sent); ok && endsLikePrompt(before) {
		return before, text[strings.IndexByte(text, '\n')+1:], true
	}
	end := strings.IndexByte(text, '\n')
	for i := 0; i < end; i++ { // an echo that a terminal wrapped goes on below
		if text[i] == sent[0] && endsLikePrompt(strings.TrimRight(text[:i], "\r\b")) {
			if rest, ok := echoAt(text[i:], sent); ok {
				return text[:i], rest, true
			}
		}
	}
	return "", "", false
}

// promptMarks are characters that prompts end in, and what may stand between one and the echo.
const promptMarks = " \r\n\b>:?)]$#%"

// endsLikePrompt keeps data that merely ends in the sent words from being taken for its echo.
func endsLikePrompt(before string) bool {
	before = strings.TrimRight(before, " ")
	return before == "" || strings.ContainsRune(promptMarks, rune(before[len(before)-1]))
}

// echoAt matches the echo at the beginning of text, after blanks or what is left of a prompt, up to the end of its line.
func echoAt(text, sent string) (rest string, ok bool) {
	i := len(text) - len(strings.TrimLeft(text, promptMarks))
	for _, want := range sent {
		for {
			r, n := utf8.DecodeRuneInString(text[i:])
			if n == 0 {
				return "", false
			}
			i += n
			if r == want {
				break
			}
			if !strings.ContainsRune(" \r\n\b", r) {
				return "", false
			}
		}
	}
	end := strings.IndexByte(text[i:], '\n')
	if end < 0 {
		return "", strings.TrimSpace(text[i:]) == ""
	}
	if strings.Trim(text[i:i+end], " \r\b") != "" {
		return "", false
	}
	return text[i+end+1:], true
}
