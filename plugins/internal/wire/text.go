package wire

import "strings"

// maxText bounds one text of an error: a person reads it.
const maxText = 64 << 10

// text makes a string fit for a message: protocol buffers refuse what is not UTF-8, and a device's answer may not be.
func text(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

func texts(list []string) []string { return each(list, text) }

// each maps a list; an empty one becomes nil, so that what crosses twice stays equal.
func each[A, B any](list []A, f func(A) B) []B {
	if len(list) == 0 {
		return nil
	}
	out := make([]B, len(list))
	for i, a := range list {
		out[i] = f(a)
	}
	return out
}

// short is text cut to what an error may carry.
func short(s string) string {
	if len(s) <= maxText {
		return text(s)
	}
	return text(s[:maxText]) + " (cut)"
}

func shorts(list []string) []string {
	const most = 100
	return each(list[:min(len(list), most)], short)
}
