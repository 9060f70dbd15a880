package secret_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/muster-run/muster/engine/secret"
)

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"":                             "",
		"plain\ttext\nwörter 日本 🎉":     "plain\ttext\nwörter 日本 🎉",
		"\x1b]0;title\a":               `\x1b]0;title\x07`,
		"a\rb\x00\x7f":                 `a\x0db\x00\x7f`,
		"\u009b31m":                    `\u009b31m`,
		"\x9b31m \xff":                 `\x9b31m \xff`,
		"user\u202egpj.exe":            `user\u202egpj.exe`,
		"zero\u200bwidth\ufeff\u2060":  `zero\u200bwidth\ufeff\u2060`,
		"line\u2028sep\u0085":          `line\u2028sep\u0085`,
		"tag\U000e0041":                `tag\U000e0041`,
		`already \x1b escaped`:         `already \x1b escaped`,
		"\ufffd is a character itself": "\ufffd is a character itself",
	} {
		if got := secret.Printable(in); got != want {
			t.Errorf("%q gave %q, want %q", in, got, want)
		}
	}
}

func FuzzPrintable(f *testing.F) {
	f.Add("\x1b[2J\x9b\u202e\u200b\xff\xfe\r\n\t\u2028\U000e0001")
	f.Add("plain")
	f.Fuzz(func(t *testing.T, s string) {
		got := secret.Printable(s)
		if !utf8.ValidString(got) {
			t.Errorf("%q gave invalid UTF-8 %q", s, got)
		}
		bad := func(r rune) bool {
			return r < 0x20 && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 ||
				strings.ContainsRune("\u061c\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff", r)
		}
		if strings.ContainsFunc(got, bad) {
			t.Errorf("%q gave %q", s, got)
		}
		if again := secret.Printable(got); again != got {
			t.Errorf("%q gave %q, and that gave %q", s, got, again)
		}
	})
}
