package playbook

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/lang"
)

// yamlRE finds the beginning of a YAML playbook: a document mark, or a list of plays.
var yamlRE = regexp.MustCompile(`(?m)\A(?:\s*#.*\n|\s*\n)*(?:---|- +(?:name|hosts|import_playbook)\s*:)`)

// parse reads one file into its body, nil when it is no HCL, and keeps its bytes for snippets.
func (l *loader) parse(path string) *hclsyntax.Body {
	file, diags := lang.ParseFile(path)
	if file == nil {
		l.parseFailed(path, diags)
		return nil
	}
	l.diags = append(l.diags, diags...)
	l.pb.Sources[path] = file.Bytes
	body, ok := file.Body.(*hclsyntax.Body)
	if !ok {
		panic(fmt.Sprintf("playbook: %s: body is a %T", path, file.Body)) // lang parses native syntax only
	}
	return body
}

func (l *loader) parseFailed(path string, diags diag.Diagnostics) {
	src := sourceOf(path, diags)
	if src != nil {
		l.pb.Sources[path] = src
	}
	ext := strings.ToLower(filepath.Ext(path))
	if yamlRE.Match(src) || (src != nil && (ext == ".yml" || ext == ".yaml")) {
		l.add("", diag.Diagnostic{Code: diag.WrongFileKind, Summary: fmt.Sprintf("%s is YAML, not HCL", path),
			Detail: "muster's playbooks are written in HCL: play, task and handler blocks.",
			Advice: `See "coming from" in docs/language.md for how each part is written.`, Source: path})
		return
	}
	l.diags = append(l.diags, firstSyntaxError(diags)...)
}

// firstSyntaxError leaves out the syntax errors after the first one: most of them are its consequences.
func firstSyntaxError(diags diag.Diagnostics) diag.Diagnostics {
	seen := false
	return slices.DeleteFunc(diags, func(d diag.Diagnostic) bool {
		syntax := d.Code == diag.BadSyntax
		drop := syntax && seen
		seen = seen || syntax
		return drop
	})
}

// sourceOf gives the text of a file that was read and is wrong; nil when it could not be read or is no text.
func sourceOf(path string, diags diag.Diagnostics) []byte {
	for _, d := range diags {
		if d.Severity == diag.Error && (d.Subject == nil || d.Code == diag.FileTooLarge || d.Code == diag.FileNotText) {
			return nil
		}
	}
	src, err := os.ReadFile(path)
	if err != nil {
		return nil // it was there a moment ago; the diagnostics are shown without snippet
	}
	return bytes.TrimPrefix(src, []byte("\xef\xbb\xbf"))
}
