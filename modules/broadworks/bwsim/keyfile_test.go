package bwsim

import (
	"bytes"
	"testing"
)

// FuzzParseKeys checks that a file is either what some keys are written as, or
// refused.
func FuzzParseKeys(f *testing.F) {
	good := KeysOf([]byte("payload")).file([]byte("salt"))
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add([]byte(keysMagic))
	f.Add([]byte("-----BEGIN"))
	f.Fuzz(func(t *testing.T, file []byte) {
		keys, err := parseKeys(file)
		if err != nil {
			return
		}
		if !keys.Exist() || !bytes.Contains(file, []byte(keys.payload)) {
			t.Errorf("%q gave %q", file, keys.payload)
		}
	})
}
