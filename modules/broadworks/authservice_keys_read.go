package broadworks

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/plugins/sdk"
)

// keysShown is what KeyManagement shows. Neither some nor none: it does not tell.
type keysShown struct {
	absent   bool   // the context is not there
	some     bool   // there are keys
	none     bool   // there are none
	identity string // what tells keys from others, such as a digest; empty when nothing does
}

var (
	hexIdentity    = regexp.MustCompile(`(?i)^(?:sha-?\d*[:= ]\s*)?((?:[0-9a-f]{2}[: ]?){8,})$`)
	base64Identity = regexp.MustCompile(`^(?:(?i:sha)-?\d*[:= ]\s*)?([A-Za-z0-9+/_-]{27,}={0,2})$`)
	noKeys         = regexp.MustCompile(`(?i)\bno (keys?|key ?pairs?|entr)|\bnone\b|\bnot (generated|available|present|set|found|created|yet)|\bmissing\b|\bnever\b|\babsent\b`)
	someKeys       = regexp.MustCompile(`(?i)^(present|available|generated|created|exists?|loaded|imported|valid|active|set)$`)
	dateValue      = regexp.MustCompile(`\b(19|20)\d\d\b.*\d\d:\d\d|\b\d\d:\d\d(:\d\d)?\b.*\b(19|20)\d\d\b|\b(19|20)\d\d-\d\d-\d\d`)
)

// shown reads KeyManagement.
func (j *keysJob) shown(ctx context.Context) (keysShown, error) {
	l, err := j.cli.Get(ctx, keysContext)
	switch {
	case lacksContext(err):
		return keysShown{absent: true}, nil
	case err == nil:
		return readKeys(l), nil
	}
	// assumed: there may be no get at all.
	f := (*sdk.Failure)(nil)
	if refusedRead(err) && errors.As(err, &f) && noKeys.MatchString(f.What) {
		return keysShown{none: true}, nil
	}
	if refusedRead(err) {
		return keysShown{}, nil
	}
	return keysShown{}, err
}

// readKeys judges a listing of keys.
//
// assumed: no listing is published. Only what speaks for itself counts: digests, dates, yes and no.
func readKeys(l *bwcli.Listing) (s keysShown) {
	for _, v := range keyValues(l) {
		value, known := boolean(v)
		switch m := firstMatch(v, hexIdentity, base64Identity); {
		case regexp.MustCompile(`^\d+$`).MatchString(v):
		case known && !value, noKeys.MatchString(v):
			s.none = true
		case m != "":
			s.some, s.identity = true, s.identity+m+"\n"
		case known, someKeys.MatchString(v), dateValue.MatchString(v):
			s.some = true
		}
	}
	if l.Header != nil && len(l.Rows) == 0 && !l.Unread() {
		s.none = true
	}
	s.none = s.none && !s.some
	return s
}

// keyValues are the values of a listing, whatever its form.
func keyValues(l *bwcli.Listing) (out []string) {
	for _, p := range l.Pairs {
		out = append(out, strings.TrimSpace(p[1]))
	}
	for _, row := range l.Rows {
		for _, cell := range row {
			out = append(out, strings.TrimSpace(cell))
		}
	}
	if out == nil {
		for line := range strings.Lines(l.Text) {
			line = strings.TrimSpace(line)
			if _, value, cut := strings.Cut(line, ": "); cut {
				out = append(out, strings.TrimSpace(value))
			}
			out = append(out, line)
		}
	}
	return out
}

func firstMatch(v string, res ...*regexp.Regexp) string {
	for i, re := range res {
		m := re.FindStringSubmatch(v)
		if m == nil {
			continue
		}
		if i == 0 {
			return strings.ToLower(strings.NewReplacer(":", "", " ", "").Replace(m[1]))
		}
		if strings.ContainsAny(m[1], "0123456789") {
			return strings.TrimRight(m[1], "=")
		}
	}
	return ""
}

// keysNote is the marker that a run leaves on a host.
type keysNote struct {
	digest     string // SHA-256 of the exported file
	generation string // as the playbook named it; empty where it did not
	shown      string // digest of what a server shows of these keys; empty where it shows nothing
}

func hexDigest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// vouches reports whether the marker can speak of the keys that the server has now.
func (m *keysNote) vouches(shown keysShown) bool {
	if m.digest == "" || shown.none || shown.absent {
		return false
	}
	return shown.identity == "" || m.shown == "" || m.shown == hexDigest(shown.identity)
}

// readNote reads the marker; nil when there is none.
func (j *keysJob) readNote(ctx context.Context) (*keysNote, error) {
	text, err := readMarker(ctx, j.req.Conn, keysMarker)
	if err != nil || text == "" {
		return nil, err
	}
	m := &keysNote{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch name {
		case "sha256":
			m.digest = value
		case "generation":
			m.generation = value
		case "shown":
			m.shown = value
		}
	}
	return m, nil
}

// leaveNote writes the marker; identity is what a server shows of these keys.
func (j *keysJob) leaveNote(ctx context.Context, digest, generation, identity string) error {
	text := fmt.Sprintf("sha256 %s\ngeneration %s\nsince %s", digest, generation, time.Now().UTC().Format(time.RFC3339))
	if identity != "" {
		text += "\nshown " + hexDigest(identity)
	}
	return writeMarker(ctx, j.req.Conn, keysMarker, text)
}
