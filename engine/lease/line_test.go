package lease

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

const me, other = "00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100"

func answer(names, owner string) string {
	return "motd\nlease " + me + " names\n" + names + "lease " + me + " owner\n" + owner + "\nlease " + me + " end\n"
}

func TestParse(t *testing.T) {
	theirs := `{"run":7,"id":"` + other + `","user":"bob","host":"h1","later":1}`
	for name, c := range map[string]struct {
		out   string
		want  state
		ended bool
	}{
		"nothing":       {"", state{}, false},
		"cut":           {strings.TrimSuffix(answer("held."+me+".1\n", ""), "lease "+me+" end\n"), state{}, false},
		"free":          {answer("", ""), state{}, true},
		"ours":          {answer("held."+me+".2\nowner.json\n", ""), state{token: &token{me, 2}}, true},
		"theirs":        {answer("held."+other+".3\n", theirs), state{token: &token{other, 3}, owner: record{Owner{Run: 7, ID: other, User: "bob"}, "h1"}}, true},
		"changing":      {answer("held."+me+".3\n", theirs), state{token: &token{me, 3}}, true},
		"both":          {answer("held."+me+".3\nheld."+other+".3\n", ""), state{token: &token{me, 3}}, true},
		"something":     {answer("photos\n", theirs), state{other: true}, true},
		"no token":      {answer("held.x.1\nheld."+me+".0\nheld."+me+"\nheld."+me+".-1\n", ""), state{other: true}, true},
		"seconds":       {"lease " + me + " now\n100\nlease " + me + " tick\n7x\n" + answer("", ""), state{now: 100}, true},
		"another's end": {"lease " + other + " end\n", state{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			got, ended := parse(me, c.out)
			if ended != c.ended {
				t.Errorf("ended: %t", ended)
			}
			if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(state{}, token{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What an owner is called is shown to people: it may hold no control characters, and has bounds.
func TestOwnerIsPrintable(t *testing.T) {
	hostile := Owner{ID: me, User: "a\x1b[2Jb\nc\r\u202ed", Machine: strings.Repeat("ü", 300), Reason: "\xff\x00", Since: time.Unix(1<<40, 0)}
	r, ok := decode(encode(record{hostile, strings.Repeat("h", 5000)}))
	if !ok {
		t.Fatal("our own record is refused")
	}
	if text := r.String(); len(text) > 700 || !utf8.ValidString(text) || strings.ContainsAny(text, "\x1b\n\r\x00\u202e") {
		t.Errorf("%d bytes: %q", len(text), text)
	}
	for _, bad := range []string{"", "{", "[]", `{"id":"x"}`, `{"id":"` + me + `","run":"x"}`, `{"id":"` + me + `","user":"` + strings.Repeat("x", maxRecord) + `"}`} {
		if r, ok := decode([]byte(bad)); ok {
			t.Errorf("%.60s gave %+v", bad, r)
		}
	}
	if got := (Owner{}).String(); got != "a run that does not say who it is" {
		t.Error(got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(answer("held."+other+".3\n", `{"id":"`+other+`","reason":"x"}`))
	f.Fuzz(func(t *testing.T, out string) {
		s, _ := parse(me, out)
		if text := s.owner.String(); strings.ContainsAny(text, "\n\r\x1b") || len(text) > 1000 {
			t.Errorf("%q", text)
		}
		if s.token != nil && (s.token.n < 1 || len(s.token.id) != 32) {
			t.Errorf("%+v", s.token)
		}
	})
}
