package diag

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// escape makes text safe for a terminal: what keep does not accept (control characters, changes of direction, invisible ones)
// and what is no UTF-8 becomes an escape such as \x1b. Newlines stay. A file can be hostile, and so can a host's answer.
func escape(s string, keep func(rune) bool) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\n' || keep(r):
			b.WriteRune(r)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		i += n
	}
	return b.String()
}
