package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"testing"
)

// prefixes gives the state after each record of a journal.
func prefixes(t testing.TB, b []byte, at []int64) []string {
	t.Helper()
	out := []string{""}
	for _, end := range at[1:] {
		st, err := loadBytes(b[:end])
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, stateText(t, st))
	}
	return out
}

func TestCutAtEveryByte(t *testing.T) {
	b := sample(t)
	at := ends(t, b)
	states := prefixes(t, b, at)
	for n := range b {
		whole, found := slices.BinarySearch(at, int64(n))
		if !found {
			whole--
		}
		st, err := loadBytes(b[:n])
		switch {
		case whole < 1 && err == nil:
			t.Fatalf("cut at %d: accepted without its first record", n)
		case whole < 1:
		case err != nil:
			t.Fatalf("cut at %d: %v", n, err)
		case st.Torn == found:
			t.Fatalf("cut at %d: torn is %v", n, st.Torn)
		case stateText(t, st) != states[whole]:
			t.Fatalf("cut at %d: not the state after %d records", n, whole)
		}
	}
}

func TestCutAtEveryByteThenZeros(t *testing.T) {
	b := sample(t)
	at := ends(t, b)
	states := prefixes(t, b, at)
	start := at[2]
	for n := start; n < int64(len(b)); n += 7 {
		cut := resize(bytes.Clone(b[:n]), n+3*sector)
		st, err := loadBytes(cut)
		if err != nil {
			t.Fatalf("zeros from %d: %v", n, err)
		}
		if got := stateText(t, st); !slices.Contains(states, got) {
			t.Fatalf("zeros from %d: no state of a prefix", n)
		}
	}
}

// One wrong bit is damage wherever it is: no power cut does that, and what it would hide may have been promised.
func TestEveryBitFlipped(t *testing.T) {
	b := sample(t)
	for n := range b {
		for bit := n % thin; bit < 8; bit += thin {
			b[n] ^= 1 << bit
			st, err := loadBytes(b)
			b[n] ^= 1 << bit
			var damaged *Damaged
			var version *OtherVersion
			if err == nil {
				t.Fatalf("byte %d bit %d: accepted, torn %v", n, bit, st.Torn)
			} else if !errors.As(err, &damaged) && !errors.As(err, &version) {
				t.Fatalf("byte %d bit %d: %v", n, bit, err)
			}
			if damaged != nil && n >= headerLen && damaged.Offset > int64(n) {
				t.Fatalf("byte %d bit %d: reported behind it: %v", n, bit, err)
			}
		}
	}
}

func TestRecordsOutOfPlace(t *testing.T) {
	b := sample(t)
	at := ends(t, b)
	part := func(i int) []byte { return b[at[i]:at[i+1]] }
	n := len(at) - 1
	other := sample(t)
	otherAt := ends(t, other)
	for name, changed := range map[string][]byte{
		"missing":    append(bytes.Clone(b[:at[3]]), b[at[4]:]...),
		"twice":      append(bytes.Clone(b[:at[4]]), b[at[3]:]...),
		"exchanged":  slices.Concat(b[:at[5]], part(6), part(5), b[at[7]:]),
		"last twice": append(bytes.Clone(b), part(n-1)...),
		"foreign":    slices.Concat(b[:at[5]], other[otherAt[5]:otherAt[6]], b[at[6]:]),
	} {
		var damaged *Damaged
		if _, err := loadBytes(changed); !errors.As(err, &damaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A hole is a power cut's only where nothing had been synced.
func TestHoles(t *testing.T) {
	payload := func(n int) []byte {
		p, err := json.Marshal(Record{Steer: &Steer{What: string(bytes.Repeat([]byte{'x'}, n))}})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	b, c, err := begin(sampleBegin(), sampleProcess())
	if err != nil {
		t.Fatal(err)
	}
	synced := int64(len(b))
	var at []int64
	for range 3 {
		at = append(at, int64(len(b)))
		b = appendFrame(b, &c, int64(len(b))-synced, payload(1500))
	}
	hole := bytes.Clone(b)
	clear(hole[at[1]+sector-at[1]%sector:][:sector])
	st, err := loadBytes(hole)
	if err != nil || !st.Torn {
		t.Errorf("a hole behind the last sync: %v", err)
	}
	b = appendFrame(b, &c, 0, payload(10)) // proves that all before was synced
	hole = bytes.Clone(b)
	clear(hole[at[1]+sector-at[1]%sector:][:sector])
	var damaged *Damaged
	if _, err := loadBytes(hole); !errors.As(err, &damaged) || damaged.Offset != at[1] {
		t.Errorf("a hole before a sync: %v", err)
	}
}

func TestVersions(t *testing.T) {
	later := func(major, minor byte) []byte {
		head := append([]byte(magic), major, minor)
		c := chainOf(head)
		for _, p := range []string{
			`{"begin":{"run":1,"playbook":"p","colour":"red"},"time":"2030-01-01T00:00:00Z"}`,
			`{"verdict":{"of":"later"},"time":"2030-01-01T00:00:01Z"}`,
			`{"outcome":{"node":"a: b","outcome":"ok","mood":[1]},"time":"2030-01-01T00:00:02Z"}`,
		} {
			head = appendFrame(head, &c, 0, []byte(p))
		}
		return head
	}
	st, err := loadBytes(later(major, minor+1))
	if err != nil || st.Nodes["a: b"].Outcome != "ok" || st.Begin.Playbook != "p" {
		t.Errorf("a later minor version: %+v, %v", st, err)
	}
	var other *OtherVersion
	if _, err := loadBytes(later(major+1, 0)); !errors.As(err, &other) || other.Major != major+1 {
		t.Errorf("a later major version: %v", err)
	}
}
