package lease

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/muster-run/muster/engine/secret"
)

// Owner is who holds a lease, for other people to read. It stands in owner.json on the host.
type Owner struct {
	Run     int    `json:"run"`
	ID      string `json:"id"` // of this taking of the lease: 32 hexadecimal digits
	User    string `json:"user"`
	Machine string `json:"machine"`
	PID     int    `json:"pid"`
	Reason  string `json:"reason"` // what the run does, one line
	// Since is when the lease was taken. Read from a host, it is reckoned back from now by the host's clock, so that the
	// clocks of two control machines need not agree.
	Since time.Time `json:"since"`
}

// String is one line: who, from where, what for.
func (o Owner) String() string {
	if o.ID == "" || o.User == "" && o.Machine == "" && o.Reason == "" {
		return "a run that does not say who it is"
	}
	s := fmt.Sprintf("run %d of %s@%s (process %d)", o.Run, o.User, o.Machine, o.PID)
	if o.Reason != "" {
		s += ": " + o.Reason
	}
	return s
}

// record is what owner.json holds: the owner, and which of its hosts this is.
type record struct {
	Owner
	Host string `json:"host"`
}

// Bounds of what is read from a host, in bytes.
const (
	maxRecord = 4 << 10
	maxText   = 200
)

var idForm = regexp.MustCompile(`^[0-9a-f]{32}$`)

// encode makes the record that decode accepts, whatever the texts are.
func encode(r record) []byte {
	r.clean()
	b, err := json.Marshal(r)
	if err != nil {
		panic("lease: " + err.Error()) // numbers, strings and a time
	}
	return b
}

// decode reads a record from a host: anybody with that login can have written it.
func decode(b []byte) (record, bool) {
	var r record
	if len(b) > maxRecord || json.Unmarshal(b, &r) != nil || !idForm.MatchString(r.ID) {
		return record{}, false
	}
	r.clean()
	return r, true
}

func (r *record) clean() {
	for _, text := range []*string{&r.User, &r.Machine, &r.Reason, &r.Host} {
		*text = oneLine(*text)
	}
	if y := r.Since.Year(); y < 0 || y > 9999 {
		r.Since = time.Time{}
	}
}

// oneLine makes a text from a host fit for a line of a message.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(secret.Printable(s)), " ")
	if len(s) <= maxText {
		return s
	}
	cut := maxText
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
