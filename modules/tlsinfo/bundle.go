package tlsinfo

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf16"
)

// bundleSize bounds PEM text: no bundle of certificates that a device takes is larger.
const bundleSize = 1 << 20

var (
	beginLine = regexp.MustCompile(`(?m)^([ \t]*)-----BEGIN ([A-Z0-9 ]+)-----[ \t]*$`)
	// damaged is a line that was a BEGIN or END line before somebody edited it; a mere line of dashes is a heading's.
	damaged = regexp.MustCompile(`(?m)^.*(-{2,} ?(BEGIN|END)\b|\b(CERTIFICATE|KEY) ?-{2,}).*$`)
	endLine = regexp.MustCompile(`(?m)^[ \t]*-----END ([A-Z0-9 ]+)-----[ \t]*$`)
)

// Certificates reads all certificates of PEM text, in their order. Notes say what was accepted although it is not the
// plain form. Anything else than certificates in it is an error: a key, a request, a block that does not decode.
func Certificates(text string) (certs []*x509.Certificate, notes []string, err error) {
	text, notes, err = plain(text)
	if err != nil {
		return nil, nil, err
	}
	rest := text
	for {
		begin := beginLine.FindStringSubmatchIndex(rest)
		if begin == nil {
			break
		}
		if err := outside(rest[:begin[0]]); err != nil {
			return nil, nil, err
		}
		if strings.TrimSpace(rest[:begin[0]]) != "" {
			notes = addNote(notes, "text outside the certificate blocks is ignored")
		}
		cert, after, err := block(rest, begin, len(certs)+1)
		if err != nil {
			return nil, nil, err
		}
		certs, rest = append(certs, cert), after
	}
	if err := outside(rest); err != nil {
		return nil, nil, err
	}
	if len(certs) == 0 {
		return nil, nil, fmt.Errorf("no certificate found: PEM begins with -----BEGIN CERTIFICATE-----")
	}
	if strings.TrimSpace(rest) != "" {
		notes = addNote(notes, "text outside the certificate blocks is ignored")
	}
	return certs, notes, nil
}

// Certificate reads PEM text that must hold exactly one certificate.
func Certificate(text string) (*x509.Certificate, []string, error) {
	certs, notes, err := Certificates(text)
	if err != nil {
		return nil, nil, err
	}
	if len(certs) != 1 {
		return nil, nil, fmt.Errorf("%d certificates found, exactly one expected", len(certs))
	}
	return certs[0], notes, nil
}

// plain takes the byte order mark and carriage returns away.
func plain(text string) (string, []string, error) {
	var notes []string
	switch {
	case len(text) > bundleSize:
		return "", nil, fmt.Errorf("%d bytes are too many for certificates; the limit is %d", len(text), bundleSize)
	case strings.TrimSpace(text) == "":
		return "", nil, fmt.Errorf("it is empty")
	case strings.HasPrefix(text, "\xff\xfe"), strings.HasPrefix(text, "\xfe\xff"):
		return "", nil, fmt.Errorf("it is UTF-16 text%s; save it as plain text or UTF-8", utf16Hint(text))
	case strings.HasPrefix(text, "\x30\x82"), strings.HasPrefix(text, "\x30\x80"):
		return "", nil, fmt.Errorf("it is binary (DER or PKCS #12), not PEM; convert it with openssl")
	case strings.ContainsRune(text, 0):
		return "", nil, fmt.Errorf("it holds NUL bytes, so it is no PEM text")
	}
	if t, ok := strings.CutPrefix(text, "\ufeff"); ok {
		text, notes = t, append(notes, "a byte order mark at the beginning is ignored")
	}
	if strings.Contains(text, "\r") {
		text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
		notes = append(notes, "line ends are CRLF; they are read as plain line ends")
	}
	return text, notes, nil
}

func utf16Hint(text string) string {
	units := []uint16{}
	for i := 2; i+1 < min(len(text), 60); i += 2 {
		u := uint16(text[i]) | uint16(text[i+1])<<8
		if text[0] == 0xfe {
			u = u<<8 | u>>8
		}
		units = append(units, u)
	}
	if strings.Contains(string(utf16.Decode(units)), "BEGIN") {
		return " with PEM in it"
	}
	return ""
}

// block decodes the block that begins at the match and returns the text after it.
func block(text string, begin []int, n int) (*x509.Certificate, string, error) {
	kind := text[begin[4]:begin[5]]
	switch {
	case begin[3] > begin[2]:
		return nil, "", fmt.Errorf("block %d is indented; PEM lines begin at the left margin", n)
	case strings.Contains(kind, "PRIVATE KEY"):
		return nil, "", fmt.Errorf("block %d is a private key (%s), not a certificate", n, kind)
	case kind == "CERTIFICATE REQUEST" || kind == "NEW CERTIFICATE REQUEST":
		return nil, "", fmt.Errorf("block %d is a certificate request, not a certificate: the CA answers it with one", n)
	case kind != "CERTIFICATE":
		return nil, "", fmt.Errorf("block %d is %q, not CERTIFICATE", n, kind)
	}
	body := text[begin[1]:]
	end := endLine.FindStringSubmatchIndex(body)
	if next := beginLine.FindStringIndex(body); end == nil || next != nil && next[0] < end[0] {
		return nil, "", fmt.Errorf("block %d has no END line: it is cut off", n)
	}
	decoded, trailing := pem.Decode([]byte(text[begin[0] : begin[1]+end[1]]))
	if decoded == nil || len(bytes.TrimSpace(trailing)) > 0 {
		return nil, "", fmt.Errorf("block %d does not decode: a line of it is damaged or missing", n)
	}
	cert, err := x509.ParseCertificate(decoded.Bytes)
	if err != nil {
		return nil, "", fmt.Errorf("block %d is not a certificate: %w", n, err)
	}
	return cert, body[end[1]:], nil
}

// outside judges text between and around blocks.
func outside(text string) error {
	if line := damaged.FindString(text); line != "" {
		return fmt.Errorf("a BEGIN or END line is damaged: %q", line[:min(len(line), 60)])
	}
	return nil
}

func addNote(notes []string, note string) []string {
	for _, n := range notes {
		if n == note {
			return notes
		}
	}
	return append(notes, note)
}

// PEM is certificates as plain PEM text, without anything around the blocks.
func PEM(certs ...*x509.Certificate) []byte {
	var b bytes.Buffer
	for _, c := range certs {
		_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}) // a Buffer does not fail
	}
	return b.Bytes()
}
