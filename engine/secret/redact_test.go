package secret_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"github.com/muster-run/muster/engine/secret"
)

func redactor(secrets ...string) *secret.Redactor {
	r := secret.NewRedactor()
	for _, s := range secrets {
		r.Add(secret.NewValue([]byte(s)))
	}
	return r
}

func TestRedact(t *testing.T) {
	const pass = "p\"ss wörd&<1>/"
	marshalled, _ := json.Marshal("x" + pass)
	for _, c := range []struct{ name, secret, in, want string }{
		{"raw", pass, "a " + pass + " b", "a (sensitive) b"},
		{"twice", "secret", "secretsecret", "(sensitive)"},
		{"nothing", "secret", "secre secreT ecret", "secre secreT ecret"},
		{"whole", "secret", "secret", "(sensitive)"},
		{"empty", "secret", "", ""},
		{"too short to redact", "abcde", "abcde", "abcde"},
		{"without its last line end", "secret\n", "a secret b", "a (sensitive) b"},
		{"hex", "secret", hex.EncodeToString([]byte("secret")) + " " + strings.ToUpper(hex.EncodeToString([]byte("secr\xffet"))), "(sensitive) 73656372FF6574"},
		{"query", pass, "?q=" + url.QueryEscape(pass) + "&", "?q=(sensitive)&"},
		{"path", pass, "/" + url.PathEscape(pass) + "/", "/(sensitive)/"},
		{"JSON", pass, string(marshalled), `"x(sensitive)"`},
		{"a word of a command line", "correct'horse", `pass 'correct'\''horse' now`, "pass '(sensitive)' now"},
		{"a command line in JSON", "correct'<horse", `{"sh":"pass 'correct'\\''<horse'"}`, `{"sh":"pass '(sensitive)'"}`},
		{"PEM lines", "-----BEGIN X-----\nMIIabcdef\nMIIghijkl\n-----END X-----\n", "-----BEGIN X-----\r\n> MIIabcdef\r\n> MIIghijkl\r\n", "-----BEGIN X-----\r\n> (sensitive)\r\n> (sensitive)\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := redactor(c.secret).String(c.in); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	if got := redactor("abcdefg", "efghijk").String("x abcdefghijk y"); got != "x (sensitive) y" {
		t.Errorf("overlapping: %q", got)
	}
	if got := redactor("secret", "secret-and-more").String("secret-and-more secret-and-less"); got != "(sensitive) (sensitive)-and-less" {
		t.Errorf("one in the other: %q", got)
	}
}

// In base64 a secret looks different at each of three offsets, and its ends mix with its neighbours.
func TestRedactBase64(t *testing.T) {
	const pass = "correct horse battery"
	r := redactor(pass)
	for before := range 7 {
		for after := range 4 {
			in := strings.Repeat("\xfb", before) + pass + strings.Repeat("\xff", after)
			for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding} {
				got := r.String(enc.EncodeToString([]byte(in)))
				if !strings.Contains(got, secret.Hidden) || len(got) > (before+after)*4/3+len(secret.Hidden)+8 {
					t.Errorf("%d before, %d after: %q", before, after, got)
				}
			}
		}
	}
}

// However a stream is cut, what comes out is what would come out of the whole.
func TestRedactChunks(t *testing.T) {
	const text = "x hunter2-and-hunter2 hunter2-an hunter3aaaaaaaaaab hunter2-and-more"
	secrets := []string{"hunter2", "hunter2-and-more", "hunter3aaaaaa", "aaaaaaa"}
	whole := redactor(secrets...).String(text)
	if whole != "x (sensitive)-and-(sensitive) (sensitive)-an (sensitive)b (sensitive)" {
		t.Fatalf("the whole gives %q", whole)
	}
	random := rand.New(rand.NewPCG(7, 7))
	for range 2000 {
		var out bytes.Buffer
		w := redactor(secrets...).Writer(&out)
		for rest := text; rest != ""; {
			n := 1 + random.IntN(min(len(rest), 9))
			if k, err := w.Write([]byte(rest[:n])); err != nil || k != n {
				t.Fatal(k, err)
			}
			rest = rest[n:]
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		// Two secrets side by side may come out as one gap or as two.
		if got := strings.ReplaceAll(out.String(), secret.Hidden+secret.Hidden, secret.Hidden); got != whole {
			t.Fatalf("got %q, want %q", got, whole)
		}
	}
}

func TestWriterHoldsOnlyWhatItMust(t *testing.T) {
	var out bytes.Buffer
	w := redactor("hunter2").Writer(&out)
	for _, step := range []struct{ write, out string }{
		{"plain", "plain"}, {" hunt", "plain "}, {"ing ", "plain hunting "}, {"hunte", "plain hunting "}, {"r2", "plain hunting (sensitive)"},
	} {
		_, _ = w.Write([]byte(step.write))
		if out.String() != step.out {
			t.Errorf("after %q: %q, want %q", step.write, out.String(), step.out)
		}
	}
	_, _ = w.Write([]byte("hu"))
	if _ = w.Flush(); !strings.HasSuffix(out.String(), ")hu") {
		t.Errorf("after Flush: %q", out.String())
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("no") }

func TestWriterReportsErrors(t *testing.T) {
	if _, err := redactor("hunter2").Writer(broken{}).Write([]byte("x")); err == nil {
		t.Error("the error is lost")
	}
}

// FuzzRedact: no secret that was registered comes out, however the stream is cut, and text without one stays.
func FuzzRedact(f *testing.F) {
	f.Add("hunter2", "hunter2-and-more", "x hunter2 hunter2-and-mor", uint8(3))
	f.Add("aaaaaa", "aaaaaab", "aaaaaaaaaaaab", uint8(1))
	f.Add("a\nbcdefgh\r\nijklmno\n", "\x00\x01\x02\x03\x04\x05", "bcdefgh\r\nijklmno", uint8(5))
	f.Fuzz(func(t *testing.T, a, b, text string, cut uint8) {
		for _, s := range []string{a, b} {
			// What stands in place of a secret may itself hold a part of one.
			if len(s) >= secret.MinRedacted && (strings.Contains(secret.Hidden, s[:1]) || strings.Contains(secret.Hidden, s[len(s)-1:])) {
				t.Skip()
			}
		}
		text = a + text + b
		r := redactor(a, b)
		var out bytes.Buffer
		w := r.Writer(&out)
		for rest := []byte(text); len(rest) > 0; {
			n := min(len(rest), 1+int(cut)%13)
			_, _ = w.Write(rest[:n])
			rest = rest[n:]
		}
		_ = w.Close()
		for _, s := range []string{a, b} {
			if len(s) >= secret.MinRedacted && strings.Contains(out.String(), s) {
				t.Errorf("%q is left in %q", s, out.String())
			}
		}
		if len(a) < secret.MinRedacted && len(b) < secret.MinRedacted && out.String() != text {
			t.Errorf("%q became %q", text, out.String())
		}
	})
}

func BenchmarkRedact(b *testing.B) {
	r := secret.NewRedactor()
	for i := range 100 {
		r.Add(secret.NewValue(bytes.Repeat([]byte{byte(33 + i)}, 1700)))
	}
	text := bytes.Repeat([]byte("some line of output of a host, as hosts print them\n"), 2000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		_ = r.Bytes(text)
	}
}
