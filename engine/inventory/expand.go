package inventory

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/muster-run/muster/engine/diag"
)

// MaxHosts bounds the hosts of an inventory and what one name with ranges may expand to.
const MaxHosts = 100_000

const rangeAdvice = "Ranges are [01:24], [a:f], or with a step [01:50:2]."

// span is one range of a name: the texts between which it counts.
type span struct {
	first, last, step, width int
	letters                  bool
}

func (s span) count() int { return (s.last-s.first)/s.step + 1 }

func (s span) text(i int) string {
	n := s.first + i*s.step
	if s.letters {
		return string(rune(n))
	}
	return fmt.Sprintf("%0*d", s.width, n)
}

// expand writes out the ranges of a name: "xsp[01:24].fra" gives 24 names, the last range counting fastest. A name without a
// range is itself.
func expand(name string) ([]string, error) {
	literals, spans, err := parseRanges(name)
	if err != nil {
		return nil, err
	}
	total := 1
	for _, s := range spans {
		if total *= s.count(); total > MaxHosts {
			return nil, diag.Causef(diag.TooManyHosts, fmt.Sprintf("%q stands for too many hosts", name), "Check the ranges.", "One name may expand to %d hosts.", MaxHosts)
		}
	}
	out := make([]string, 0, total)
	var b strings.Builder
	for i := range total {
		b.Reset()
		rest := total
		for k, s := range spans {
			rest /= s.count()
			b.WriteString(literals[k])
			b.WriteString(s.text(i / rest % s.count()))
		}
		b.WriteString(literals[len(spans)])
		out = append(out, b.String())
	}
	return out, nil
}

// parseRanges cuts a name into spans and the literals around them, of which there is one more.
func parseRanges(name string) (literals []string, spans []span, err error) {
	rest := name
	for {
		before, after, found := strings.Cut(rest, "[")
		if strings.Contains(before, "]") {
			return nil, nil, badRange(name, "A closing bracket stands without an opening one.")
		}
		literals = append(literals, before)
		if !found {
			return literals, spans, nil
		}
		inner, tail, closed := strings.Cut(after, "]")
		if !closed {
			return nil, nil, badRange(name, "A bracket is not closed.")
		}
		s, reason := parseSpan(inner)
		if reason != "" {
			return nil, nil, badRange(name, reason)
		}
		spans = append(spans, s)
		rest = tail
	}
}

func badRange(name, reason string) error {
	return &diag.Cause{Code: diag.BadRange, Summary: fmt.Sprintf("the range in %q cannot be read", name), Detail: reason, Advice: rangeAdvice}
}

// parseSpan reads what stands between the brackets and gives a reason when it cannot.
func parseSpan(inner string) (span, string) {
	parts := strings.Split(inner, ":")
	s := span{step: 1}
	if len(parts) != 2 && len(parts) != 3 {
		return s, fmt.Sprintf("[%s] has to have two ends, with a colon between them.", inner)
	}
	if len(parts) == 3 {
		n, err := strconv.Atoi(parts[2])
		if err != nil || n < 1 || n > MaxHosts {
			return s, fmt.Sprintf("The step %q is no positive number.", parts[2])
		}
		s.step = n
	}
	from, to := parts[0], parts[1]
	switch {
	case isLetter(from) && isLetter(to):
		s.letters, s.first, s.last = true, int(from[0]), int(to[0])
		if (from[0] >= 'a') != (to[0] >= 'a') {
			return s, fmt.Sprintf("[%s] mixes capital and small letters.", inner)
		}
	case isNumber(from) && isNumber(to):
		s.first, _ = strconv.Atoi(from)
		s.last, _ = strconv.Atoi(to)
		if from[0] == '0' && len(from) > 1 {
			s.width = len(from)
			if len(to) != len(from) {
				return s, fmt.Sprintf("The ends of [%s] differ in their number of digits, so it is not clear how to fill up with zeros.", inner)
			}
		}
	default:
		return s, fmt.Sprintf("The ends of [%s] have to be two numbers or two letters.", inner)
	}
	if s.first > s.last {
		return s, fmt.Sprintf("[%s] counts downwards.", inner)
	}
	return s, ""
}

func isLetter(s string) bool {
	return len(s) == 1 && (s[0] >= 'a' && s[0] <= 'z' || s[0] >= 'A' && s[0] <= 'Z')
}

// isNumber bounds the digits too, so that a number fits into an int with room to count on.
func isNumber(s string) bool {
	return s != "" && len(s) <= 9 && strings.Trim(s, "0123456789") == ""
}
