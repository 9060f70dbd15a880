package prompt

import (
	"bytes"

	"github.com/muster-run/muster/plugins/sdk"
)

// Hidden stands for a secret line in transcripts and errors.
const Hidden = "********"

// transcriptSize is how many bytes of a transcript are kept.
const transcriptSize = 32 << 10

// Transcript is the end of a conversation as a person would have seen it. Secret lines, and whatever the other side
// printed on the line where one was typed, are never in it.
type Transcript struct {
	text []byte
}

// String returns the transcript, at most 32 KiB of it.
func (t *Transcript) String() string { return string(t.text) }

func (t *Transcript) sent(line sdk.Line) {
	said := line.Text
	if line.Secret != nil {
		said = Hidden
	}
	t.add(said + "\n")
}

func (t *Transcript) received(late, text, prompt string) {
	if late != "" {
		t.add(late + "\n")
	}
	t.add(text)
	t.add(prompt)
}

func (t *Transcript) add(s string) {
	t.text = append(t.text, s...)
	if over := len(t.text) - transcriptSize; over > transcriptSize {
		t.text = bytes.ToValidUTF8(t.text[over:], nil)
	}
}
