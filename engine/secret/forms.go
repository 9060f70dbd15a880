package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
)

// MinRedacted is the size, in bytes, under which a secret or a line of one is not redacted: "yes" or "1234" is part of
// too much else, and taking it out would make output unreadable and show where the secret is. Who chooses such secrets
// has no second net, only the first: they are values that do not print.
const MinRedacted = 6

// forms lists how a secret may look in output: as it is and without the end of its last line, line by line (a terminal
// changes line ends), and each of these in the usual encodings.
func forms(secret []byte) [][]byte {
	plain := [][]byte{secret, bytes.TrimRight(secret, "\r\n")}
	if lines := bytes.Split(plain[1], []byte("\n")); len(lines) > 1 {
		for _, line := range lines {
			line = bytes.TrimSpace(line)
			if !bytes.HasPrefix(line, []byte("-----")) { // the frame of a PEM block is no secret
				plain = append(plain, line)
			}
		}
	}
	var all [][]byte
	for _, p := range plain {
		if len(p) < MinRedacted {
			continue
		}
		all = append(all, p)
		all = append(all, encodings(p)...)
	}
	return all
}

func encodings(p []byte) [][]byte {
	s := string(p)
	lower := hex.EncodeToString(p)
	out := []string{lower, strings.ToUpper(lower), url.QueryEscape(s), url.PathEscape(s), inJSON(s, true), inJSON(s, false)}
	quoted := strconv.Quote(s)
	out = append(out, quoted[1:len(quoted)-1])
	if inShell := strings.ReplaceAll(s, "'", `'\''`); inShell != s { // as a word of a command line is quoted
		out = append(out, inShell, inJSON(inShell, true), inJSON(inShell, false))
	}
	for phase := range 3 {
		out = append(out, phased(base64.RawStdEncoding, p, phase), phased(base64.RawURLEncoding, p, phase))
	}
	all := make([][]byte, 0, len(out))
	for _, o := range out {
		if len(o) >= MinRedacted && o != s {
			all = append(all, []byte(o))
		}
	}
	return all
}

// phased is the part of p's base64 that does not depend on its neighbours, when p begins at a byte that is phase modulo
// 3 of what was encoded.
func phased(enc *base64.Encoding, p []byte, phase int) string {
	text := enc.EncodeToString(append(make([]byte, phase), p...))
	from := (phase*8 + 5) / 6      // characters with bits of what stands before
	to := (phase + len(p)) * 8 / 6 // characters with bits of p alone
	return text[min(from, to):min(to, len(text))]
}

func inJSON(s string, html bool) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(html)
	if e.Encode(s) != nil {
		return ""
	}
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(b.String()), `"`), `"`)
}
