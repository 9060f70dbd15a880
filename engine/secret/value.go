package secret

import (
	"fmt"
	"io"
	"log/slog"
)

// Hidden is printed in place of a secret.
const Hidden = "(sensitive)"

// Value is secret bytes. Every way of formatting, logging or encoding it gives [Hidden]; only Reveal gives the bytes.
// The zero Value is empty.
type Value struct{ b []byte }

// NewValue takes b over: the caller must not use it again.
func NewValue(b []byte) Value { return Value{b} }

// Reveal returns the bytes themselves, not a copy.
func (v Value) Reveal() []byte { return v.b }

// Len is the number of bytes.
func (v Value) Len() int { return len(v.b) }

// Wipe overwrites the bytes, in all copies of the Value.
func (v Value) Wipe() { clear(v.b) }

// String gives Hidden.
func (Value) String() string { return Hidden }

// GoString gives Hidden, for %#v.
func (Value) GoString() string { return Hidden }

// Format writes Hidden for every verb and flag: %x and %d would otherwise reach the bytes.
func (Value) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Hidden) }

// MarshalJSON gives Hidden as a JSON string.
func (Value) MarshalJSON() ([]byte, error) { return []byte(`"` + Hidden + `"`), nil }

// MarshalText gives Hidden.
func (Value) MarshalText() ([]byte, error) { return []byte(Hidden), nil }

// LogValue gives Hidden.
func (Value) LogValue() slog.Value { return slog.StringValue(Hidden) }
