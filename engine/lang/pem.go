package lang

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/muster-run/muster/engine/diag"
)

// maxBlocks bounds the blocks of one PEM text: the largest chain in use has a handful.
const maxBlocks = 100

const (
	pemBegin = "-----BEGIN "
	pemEnd   = "-----END "
	pemTail  = "-----"
)

// pemBlock is one block of a PEM text.
type pemBlock struct {
	kind string // "CERTIFICATE"
	der  []byte
	text string // the block alone, lines ended by LF, the last one too
	line int    // of BEGIN, from 1
}

// splitPEM takes a text apart into its blocks. Unlike encoding/pem, which skips what it cannot read, it refuses it: what looks
// like a block and is none would otherwise be lost without a word. Notes name what was skipped or normalised.
func splitPEM(text string) (blocks []pemBlock, notes []string, err error) {
	if len(text) > MaxFile {
		return nil, nil, pemError("", "The text has %d bytes; at most %d are read.", len(text), MaxFile)
	}
	if rest, ok := strings.CutPrefix(text, "\ufeff"); ok {
		text, notes = rest, append(notes, "A byte order mark was skipped.")
	}
	if strings.Contains(text, "\r\n") {
		text, notes = strings.ReplaceAll(text, "\r\n", "\n"), append(notes, "Lines ended by CRLF were read as if by LF.")
	}
	s := splitter{}
	for i, line := range strings.Split(text, "\n") {
		if err := s.line(i+1, line); err != nil {
			return nil, nil, err
		}
	}
	if s.open != nil {
		return nil, nil, pemError("Add the line -----END "+s.open.kind+"-----, or give the whole file.", "The block %q that begins at line %d is not ended.", s.open.kind, s.open.line)
	}
	if s.around > 0 && len(s.blocks) > 0 {
		notes = append(notes, fmt.Sprintf("%d lines of text around the blocks were skipped.", s.around))
	}
	return s.blocks, notes, nil
}

func pemError(advice, detail string, args ...any) error {
	if advice == "" {
		advice = "Give PEM as the authority issued it."
	}
	return diag.Causef(diag.BadCertificate, "the PEM text cannot be read", advice, detail, args...)
}

type splitter struct {
	blocks []pemBlock
	open   *pemBlock
	body   strings.Builder // base64 of the open block
	around int             // lines outside of blocks that say something
}

func (s *splitter) line(n int, line string) error {
	trimmed := strings.TrimSpace(line)
	boundary := strings.HasPrefix(trimmed, pemBegin) || strings.HasPrefix(trimmed, pemEnd)
	switch {
	case boundary && strings.TrimRight(line, " \t\r") != trimmed:
		return pemError("Remove the blanks before it.", "Line %d is indented, and PEM does not allow that.", n)
	case boundary && !strings.HasSuffix(trimmed, pemTail):
		return pemError("", "Line %d begins like a boundary of a block but does not end with five dashes.", n)
	case strings.HasPrefix(trimmed, pemBegin):
		return s.begin(n, trimmed)
	case strings.HasPrefix(trimmed, pemEnd):
		return s.end(n, trimmed)
	case s.open != nil:
		return s.content(n, trimmed)
	case trimmed != "":
		s.around++
	}
	return nil
}

func (s *splitter) begin(n int, line string) error {
	if s.open != nil {
		return pemError("", "The block %q that begins at line %d is not ended before line %d.", s.open.kind, s.open.line, n)
	}
	if len(s.blocks) == maxBlocks {
		return pemError("", "The text holds more than %d blocks.", maxBlocks)
	}
	kind := strings.TrimSuffix(strings.TrimPrefix(line, pemBegin), pemTail)
	if kind == "" || len(kind) > 64 || strings.ContainsFunc(kind, func(r rune) bool { return r != ' ' && r != '#' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') }) {
		return pemError("", "Line %d begins a block of a kind that cannot be read.", n)
	}
	s.open = &pemBlock{kind: kind, line: n}
	s.body.Reset()
	return nil
}

func (s *splitter) content(n int, line string) error {
	if strings.Contains(line, ":") {
		return pemError("Remove the passphrase first, or give it unencrypted.", "The block %q at line %d has headers, as an encrypted key has.", s.open.kind, s.open.line)
	}
	if strings.ContainsFunc(line, func(r rune) bool { return !isBase64(r) }) {
		return pemError("", "Line %d, inside of the block %q, is not base64.", n, s.open.kind)
	}
	s.body.WriteString(line)
	return nil
}

func isBase64(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '+' || r == '/' || r == '='
}

func (s *splitter) end(n int, line string) error {
	kind := strings.TrimSuffix(strings.TrimPrefix(line, pemEnd), pemTail)
	switch {
	case s.open == nil:
		return pemError("", "Line %d ends a block %q that was not begun.", n, kind)
	case s.open.kind != kind:
		return pemError("", "Line %d ends a block %q, but %q was begun at line %d.", n, kind, s.open.kind, s.open.line)
	}
	der, err := base64.StdEncoding.DecodeString(s.body.String())
	if err != nil || len(der) == 0 {
		return pemError("", "The block %q that begins at line %d is empty or damaged base64.", kind, s.open.line)
	}
	s.open.der, s.open.text = der, encodePEM(kind, der)
	s.blocks = append(s.blocks, *s.open)
	s.open = nil
	return nil
}

// encodePEM writes a block in the one form that all tools read: 64 characters to a line.
func encodePEM(kind string, der []byte) string {
	var b strings.Builder
	b.WriteString(pemBegin + kind + pemTail + "\n")
	for enc := base64.StdEncoding.EncodeToString(der); enc != ""; {
		n := min(64, len(enc))
		b.WriteString(enc[:n] + "\n")
		enc = enc[n:]
	}
	b.WriteString(pemEnd + kind + pemTail + "\n")
	return b.String()
}
