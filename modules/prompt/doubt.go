package prompt

import "strings"

// doubt is a prompt that is being proved: what looked like it was answered with an empty line.
//
// In whatever pieces output arrives, what follows is the same: the rest of what was still being printed when the doubt arose,
// the real prompt, and, the empty line's answer, the prompt once more. So a prompt is proved when it stands at the end and
// stood before, since the doubt. Where it stood shows by how its line ended: an echo ends the line; without an echo the
// next prompt, of which a first line may stand above its last, goes on where the old one stopped.
type doubt struct {
	prompts []Prompt
	silent  bool   // the other side is known not to echo: what ends a prompt's line is then no answer to the empty line
	shown   []bool // of each prompt: it stood there, and its line is over
}

func newDoubt(prompts []Prompt, e echo) *doubt {
	return &doubt{prompts: prompts, silent: e == echoOff, shown: make([]bool, len(prompts))}
}

// over looks at a finished line and the one above it. The line in doubt is the first; it may turn out to have been something
// else, and then the real prompt is still to come.
func (d *doubt) over(line, above string) {
	for i, p := range d.prompts {
		d.shown[i] = d.shown[i] || p.Idle && (!d.silent && p.RE.MatchString(line) || p.RE.MatchString(twice(line)) || p.RE.MatchString(followed(line, above)))
	}
}

// proved matches an idle prompt against the line that output ends in.
func (d *doubt) proved(i int, last string) []string {
	p := d.prompts[i]
	if half := twice(last); half != "" {
		if m := p.RE.FindStringSubmatch(half); m != nil {
			return m
		}
	}
	if d.shown[i] {
		return p.RE.FindStringSubmatch(last)
	}
	return nil
}

// twice returns the half of a line that consists of the same text two times, numbers apart.
func twice(line string) string {
	trimmed := strings.TrimRight(line, " ")
	for _, half := range []string{line[:len(line)/2], line[:(len(trimmed)+1)/2]} {
		if h := strings.TrimRight(half, " "); h != "" && shape(h) == shape(trimmed[min(len(half), len(trimmed)):]) {
			return half
		}
	}
	return ""
}

// followed returns the beginning of a line that ends like the one above it, with numbers blotted out: the last line of a
// prompt, and right behind it the first line of the next.
func followed(line, above string) string {
	head, found := strings.CutSuffix(shape(line), shape(above))
	if !found || shape(above) == "" {
		return ""
	}
	return head
}
