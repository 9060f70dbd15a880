package lang

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/muster-run/muster/engine/diag"
)

// MaxFile is the largest file, in bytes, that is read as HCL, as a template or by file().
const MaxFile = 1 << 20

var byteOrderMark = []byte("\xef\xbb\xbf")

// ParseFile reads and parses one HCL file. Its name in diagnostics is path as given. The file is nil when there are errors.
func ParseFile(path string) (*hcl.File, diag.Diagnostics) {
	src, err := readRegular(path, path)
	if err != nil {
		return nil, diag.Diagnostics{diag.FromError(err, nil, diag.FileUnreadable, fmt.Sprintf("cannot read %q", path), "Check the path.")}
	}
	return ParseHCL(path, src)
}

// ParseHCL parses src after proving that the parser, which recurses without a limit of its own, can bear it: at most MaxFile
// bytes of UTF-8 text, nested at most 100 deep. A byte order mark is skipped with a note; the returned file's Bytes are
// without it, and all ranges count from there. The file is nil when there are errors.
func ParseHCL(filename string, src []byte) (*hcl.File, diag.Diagnostics) {
	var ds diag.Diagnostics
	if bytes.HasPrefix(src, byteOrderMark) {
		src = src[len(byteOrderMark):]
		ds = append(ds, diag.Diagnostic{
			Severity: diag.Note, Code: diag.ByteOrderMark, Summary: "byte order mark skipped", Advice: "Save the file as UTF-8 without one.",
			Detail: "The file begins with a byte order mark, which has no use in UTF-8.", Subject: &hcl.Range{Filename: filename, Start: hcl.InitialPos, End: hcl.InitialPos},
		})
	}
	if d, bad := checkText(filename, src); bad {
		return nil, append(ds, d)
	}
	if d, bad := checkDepth(filename, src); bad {
		return nil, append(ds, d)
	}
	file, hd := hclsyntax.ParseConfig(src, filename, hcl.InitialPos)
	ds = append(ds, explainBraces(src, diag.FromHCL(hd))...)
	if ds.HasErrors() {
		return nil, ds
	}
	return file, ds
}

// checkText refuses what is no text of a bearable size, and says where it stops being text.
func checkText(filename string, src []byte) (diag.Diagnostic, bool) {
	at := func(offset int) *hcl.Range {
		line := 1 + bytes.Count(src[:offset], []byte("\n"))
		col := 1 + utf8.RuneCount(src[bytes.LastIndexByte(src[:offset], '\n')+1:offset])
		pos := hcl.Pos{Line: line, Column: col, Byte: offset}
		return &hcl.Range{Filename: filename, Start: pos, End: pos}
	}
	switch {
	case len(src) > MaxFile:
		return diag.Diagnostic{
			Code: diag.FileTooLarge, Summary: "the file is too large", Subject: at(0), Advice: "Split it, or keep the data in a file that file() reads.",
			Detail: fmt.Sprintf("It has %d bytes; at most %d are read.", len(src), MaxFile),
		}, true
	case bytes.HasPrefix(src, []byte("\xff\xfe")), bytes.HasPrefix(src, []byte("\xfe\xff")):
		return diag.Diagnostic{
			Code: diag.FileNotText, Summary: "the file is UTF-16", Subject: at(0), Advice: "Save it as UTF-8.",
			Detail: "It begins with the byte order mark of UTF-16.",
		}, true
	}
	if i := bytes.IndexByte(src, 0); i >= 0 {
		return diag.Diagnostic{
			Code: diag.FileNotText, Summary: "the file holds a NUL byte", Subject: at(i), Advice: "Give a text file, saved as UTF-8.",
			Detail: "It is binary, or text in another encoding than UTF-8.",
		}, true
	}
	if i := invalidUTF8(src); i >= 0 {
		return diag.Diagnostic{
			Code: diag.FileNotText, Summary: "the file is not UTF-8", Subject: at(i), Advice: "Save it as UTF-8.",
			Detail: fmt.Sprintf("Byte 0x%02x stands where UTF-8 allows none.", src[i]),
		}, true
	}
	return diag.Diagnostic{}, false
}

// invalidUTF8 is the offset of the first byte that is no part of a valid rune, or -1.
func invalidUTF8(src []byte) int {
	for i := 0; i < len(src); {
		r, n := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
	return -1
}

// explainBraces turns the syntax error that {{ x }} causes outside of quotes into advice for those who come from templates.
func explainBraces(src []byte, ds diag.Diagnostics) diag.Diagnostics {
	for i, d := range ds {
		if d.Code != diag.BadSyntax || d.Subject == nil || d.Subject.Start.Byte > len(src) {
			continue
		}
		from := bytes.LastIndexByte(src[:d.Subject.Start.Byte], '\n') + 1
		line, _, _ := strings.Cut(string(src[from:]), "\n")
		if inner, ok := doubleBraces(line); ok {
			rng := *d.Subject
			at := strings.Index(line, "{{")
			rng.Start.Byte, rng.Start.Column = from+at, utf8.RuneCountInString(line[:at])+1
			rng.End = hcl.Pos{Line: rng.Start.Line, Byte: rng.Start.Byte + 2, Column: rng.Start.Column + 2}
			ds[i] = bracesDiagnostic(inner, rng)
			return ds[i : i+1] // what follows is a consequence
		}
	}
	return ds
}
