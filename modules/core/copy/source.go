package copy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/gocty"

	"github.com/muster-run/muster/plugins/sdk"
)

var sources = []string{"content", "file", "secret_content", "secret_file"}

var (
	ownerRE = regexp.MustCompile(`^[A-Za-z0-9_.][A-Za-z0-9_.$-]*(:[A-Za-z0-9_.][A-Za-z0-9_.$-]*)?$`)
	hexRE   = regexp.MustCompile(`^[0-9a-fA-F]{64}$`)
	modeRE  = regexp.MustCompile(`^0?[0-7]{3}$`)
)

// source is what the file is to hold.
type source struct {
	text   string
	secret *sdk.Handle // set: text is empty
	sha256 string      // hex; empty for a secret that has none
	size   int64
}

// sourceOf reads the one source that is given and known; nil when there is none.
func sourceOf(args sdk.Object) (*source, error) {
	for _, name := range sources {
		if !args.Known(name) {
			continue
		}
		v := args.Attr(name)
		switch name {
		case "content":
			return textSource(v.AsString()), nil
		case "file":
			return textSource(v.GetAttr("text").AsString()), nil
		default:
			h := &sdk.Handle{}
			if err := gocty.FromCtyValue(v, h); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			return &source{secret: h, sha256: h.SHA256, size: h.Size}, nil
		}
	}
	return nil, nil
}

func textSource(text string) *source {
	sum := sha256.Sum256([]byte(text))
	return &source{text: text, sha256: hex.EncodeToString(sum[:]), size: int64(len(text))}
}

// outputs are what later tasks can read.
func (s *source) outputs() sdk.Object {
	sum := cty.NullVal(cty.String)
	if s.sha256 != "" {
		sum = cty.StringVal(s.sha256)
	}
	return sdk.Object{Value: cty.ObjectVal(map[string]cty.Value{"sha256": sum, "size": cty.NumberIntVal(s.size)})}
}

// Validate judges which source is given, and path, mode, owner and checksum.
func (Module) Validate(_ context.Context, req *sdk.Request) []sdk.Problem {
	out := judgeSources(req.Args)
	for _, j := range []struct {
		arg   string
		judge func(string) *sdk.Problem
	}{{"path", judgePath}, {"mode", judgeMode}, {"owner", judgeOwner}, {"checksum", judgeChecksum}} {
		if !req.Args.Known(j.arg) {
			continue
		}
		if p := j.judge(req.Args.Attr(j.arg).AsString()); p != nil {
			p.Arg = j.arg
			out = append(out, *p)
		}
	}
	if len(out) > 0 {
		return out
	}
	return append(judgePinned(req.Args), judgeSecret(req.Args)...)
}

func judgeSources(args sdk.Object) (out []sdk.Problem) {
	given, absent := []string{}, 0
	for _, name := range sources {
		if v := args.Attr(name); args.Known(name) {
			given = append(given, name)
		} else if v.IsKnown() && v.IsNull() {
			absent++
		}
	}
	switch {
	case len(given) > 1:
		out = append(out, sdk.Problem{Arg: given[1], Summary: fmt.Sprintf("%s stand in one task", strings.Join(given, " and ")),
			Detail: "a file has one content", Advice: "Leave one of them."})
	case absent == len(sources):
		out = append(out, sdk.Problem{Summary: "nothing to copy", Advice: "Give one of " + strings.Join(sources, ", ") + "."})
	}
	return out
}

func judgePath(p string) *sdk.Problem {
	switch {
	case !strings.HasPrefix(p, "/") && !strings.HasPrefix(p, "~/"), strings.ContainsAny(p, "\x00\r\n"):
		return &sdk.Problem{Summary: fmt.Sprintf("%q is no path on a host", p), Advice: "Begin it with / or ~/, without line breaks."}
	case strings.HasSuffix(p, "/"):
		return &sdk.Problem{Summary: fmt.Sprintf("%q is a directory", p), Advice: "Name the file itself."}
	}
	return nil
}

func judgeMode(m string) *sdk.Problem {
	if modeRE.MatchString(m) {
		return nil
	}
	return &sdk.Problem{Summary: fmt.Sprintf("%q are no permissions", m), Detail: "they are three octal digits, after a 0 or without it",
		Advice: `Write for example "0644". Set-uid and sticky bits cannot be set here.`}
}

func judgeOwner(o string) *sdk.Problem {
	if ownerRE.MatchString(o) {
		return nil
	}
	return &sdk.Problem{Summary: fmt.Sprintf("%q names no owner", o), Advice: `Write "user" or "user:group".`}
}

func judgeChecksum(c string) *sdk.Problem {
	if hexRE.MatchString(c) {
		return nil
	}
	return &sdk.Problem{Summary: "checksum is no SHA-256", Detail: "it has 64 hexadecimal digits"}
}

// judgePinned holds the source against checksum.
func judgePinned(args sdk.Object) []sdk.Problem {
	s, err := sourceOf(args)
	if err != nil || s == nil || !args.Known("checksum") {
		return nil
	}
	want := strings.ToLower(args.Attr("checksum").AsString())
	switch {
	case s.sha256 == want:
		return nil
	case s.sha256 == "":
		return []sdk.Problem{{Arg: "checksum", Summary: "a secret under 16 bytes has no checksum", Advice: "Leave checksum out."}}
	}
	return []sdk.Problem{{Arg: "checksum", Summary: "the source is not the one that checksum names",
		Detail: "its SHA-256 is " + s.sha256, Advice: "Find out which of the two is right."}}
}

// judgeSecret warns of a secret that others on the host could read.
func judgeSecret(args sdk.Object) []sdk.Problem {
	if s, err := sourceOf(args); err != nil || s == nil || s.secret == nil || !args.Known("mode") {
		return nil
	}
	if parseMode(args.Attr("mode").AsString())&0o007 == 0 {
		return nil
	}
	return []sdk.Problem{{Warning: true, Arg: "mode", Summary: "everybody on the host may read or change this secret", Advice: `Write "0600" or "0640".`}}
}

// parseMode reads what judgeMode let pass.
func parseMode(m string) fs.FileMode {
	n, _ := strconv.ParseUint(m, 8, 9)
	return fs.FileMode(n)
}
