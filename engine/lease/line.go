package lease

import (
	"strconv"
	"strings"
)

// On a host, ~/.muster/lease holds one token, whose name is who holds the lease and how often it was renewed, and beside it
// what belongs to the token:
//
//	held.ID.N    the token, empty
//	tick.ID.N    when that name was given, in seconds by the host's clock
//	since        when ID took the lease, likewise
//	owner.json   who ID is
//
// Every step is one rename whose source only one can have: the directory appears whole with a token in it, a renewal renames
// the token to the next number, whoever takes over renames the very token that was seen to be stale, and the end is the
// renaming of the directory. So two cannot win, nobody can renew what was taken, and nobody can take what was just renewed.
// A tick stands before its token does: a token without one (the host lost power) is given one by the next who looks.
//
// The lines use what any POSIX shell has, and no more of its language than lists and redirections.

// token is the name of a lease's token.
type token struct {
	id string
	n  int
}

func (t token) String() string { return t.id + "." + strconv.Itoa(t.n) }

// line fills in a line. tmp is a name that nobody else uses.
func line(text, me, tmp string, from, to token) string {
	return strings.NewReplacer("FROM", from.String(), "TO", to.String(), "TMP", tmp, "ME", me).Replace(text)
}

// tail says what is there now. Its first lines keep what a login shell may have printed apart.
const tail = `echo "lease ME names"; ls lease 2>/dev/null; echo "lease ME owner"; cat lease/owner.json 2>/dev/null; echo; echo "lease ME end"`

// create makes the lease (TO) where there is none. It exits with 1 where nothing can be written.
const create = `umask 077; cd && mkdir -p .muster && cd ./.muster && mkdir TMP && cat > TMP/owner.json && date +%s > TMP/since` +
	` && cat TMP/since > TMP/tick.TO && true > TMP/held.TO || rm -rf TMP; test -d TMP || exit 1;` +
	` rmdir lease 2>/dev/null; test -d lease || mv -f TMP lease; rm -rf TMP lease/TMP; ` + tail

// look finds out how old the token FROM is.
const look = `umask 077; cd && cd ./.muster || exit 1;` +
	` test -e lease/held.FROM && test ! -s lease/tick.FROM && date +%s > lease/tick.FROM;` +
	` echo "lease ME now"; date +%s; echo "lease ME tick"; cat lease/tick.FROM 2>/dev/null;` +
	` echo "lease ME since"; cat lease/since 2>/dev/null; ` + tail

// take makes the token FROM ours (TO).
const take = `umask 077; cd && cd ./.muster && mkdir TMP && cat > TMP/owner.json && date +%s > TMP/since` +
	` && cat TMP/since > lease/tick.TO || rm -rf TMP lease/tick.TO; test -d TMP || exit 1;` +
	` mv -f lease/held.FROM lease/held.TO 2>/dev/null && mv -f TMP/owner.json lease/owner.json && mv -f TMP/since lease/since; rm -rf TMP;` +
	` test -e lease/held.TO && rm -f lease/tick.FROM; test -e lease/held.TO || rm -f lease/tick.TO; ` + tail

// renew gives our token its next number.
const renew = `umask 077; cd || exit 1; cd ./.muster 2>/dev/null;` +
	` date +%s > lease/tick.TO && mv -f lease/held.FROM lease/held.TO 2>/dev/null && rm -f lease/tick.FROM;` +
	` test -e lease/held.TO || rm -f lease/tick.TO; ` + tail

// release takes the directory away when the token is ours. It needs no space on the disk.
const release = `umask 077; cd || exit 1; cd ./.muster 2>/dev/null;` +
	` date +%s > lease/tick.TO || mv -f lease/tick.FROM lease/tick.TO && mv -f lease/held.FROM lease/held.TO 2>/dev/null && mv -f lease TMP;` +
	` rm -rf TMP; test -e lease/held.TO || rm -f lease/tick.TO; ` + tail

// state is a host's answer.
type state struct {
	token *token // nil: there is no lease
	other bool   // there is a lease directory without a token
	owner record // of the token; zero: not known

	now, tick, since int64 // seconds by the host's clock; 0: not known

	complaint string // what the commands said, if they did
}

// parse reads an answer; false: the line did not get to its end.
func parse(me, out string) (state, bool) {
	parts, ended := sections(me, out)
	if !ended {
		return state{}, false
	}
	var s state
	names := strings.Fields(parts["names"])
	s.other = len(names) > 0
	for _, name := range names {
		if t, ok := parseToken(name); ok && (s.token == nil || t.id == me) {
			s.token, s.other = &t, false
		}
	}
	if r, ok := decode([]byte(strings.TrimSpace(parts["owner"]))); ok && s.token != nil && r.ID == s.token.id {
		s.owner = r
	}
	s.now, s.tick, s.since = seconds(parts["now"]), seconds(parts["tick"]), seconds(parts["since"])
	return s, true
}

// sections splits an answer at its lines "lease ME name".
func sections(me, out string) (parts map[string]string, ended bool) {
	parts = make(map[string]string)
	name := ""
	for l := range strings.Lines(out) {
		if rest, ok := strings.CutPrefix(l, "lease "+me+" "); ok {
			name = strings.TrimSpace(rest)
			continue
		}
		parts[name] += l
	}
	return parts, name == "end"
}

func parseToken(name string) (token, bool) {
	rest, ok := strings.CutPrefix(name, "held.")
	if !ok {
		return token{}, false
	}
	id, number, _ := strings.Cut(rest, ".")
	n, err := strconv.Atoi(number)
	return token{id, n}, err == nil && n > 0 && idForm.MatchString(id)
}

// seconds reads a time as date +%s prints it; 0: it is none.
func seconds(s string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err != nil || n < 0 || n > 1<<40 {
		return 0
	}
	return n
}
