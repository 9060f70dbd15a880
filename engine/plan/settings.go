package plan

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/lang"
	"github.com/muster-run/muster/engine/playbook"
)

const rolloutWhy = "A rollout is planned before the run, for all hosts together."

// What happens when a rollout's rule stops it.
const (
	Pause = "pause" // what is left waits for somebody to resume or abort the run
	Stop  = "stop"  // the run ends
)

// Rollout is how a play or a handler is rolled out, as the playbook says it.
type Rollout struct {
	Canary         string        // a number of hosts, or a pattern; empty: none
	Soak           time.Duration // between the canary's good end and the first other host
	Manual         bool          // somebody has to promote the canary
	Batches        []lang.Count  // wave sizes of each group; none: the group is one wave
	GroupBy        string        // a host.data key; empty: one group
	GroupsAtOnce   int
	MaxUnavailable lang.Count
	MaxFailed      lang.Count
	OnFailure      string // Pause or Stop

	source *playbook.Rollout
	in     string
}

// rolloutOf reads a rollout's settings, which need no host.
func (b *builder) rolloutOf(r *playbook.Rollout, in string) *Rollout {
	if r == nil {
		return nil
	}
	s := b.settings(in+", rollout", rolloutWhy)
	out := &Rollout{
		Canary: s.text(r.Canary), Soak: s.duration(r.Soak, 0), Manual: s.word(r.Promote, "auto", "manual") == "manual", Batches: s.counts(r.Batches),
		GroupBy: s.text(r.GroupBy), GroupsAtOnce: s.integer(r.GroupsAtOnce, 1, 1, 1_000_000),
		MaxUnavailable: s.count(r.MaxUnavailable, lang.Count{N: 1}), MaxFailed: s.count(r.MaxFailed, lang.Count{}),
		OnFailure: s.word(r.OnFailure, Pause, Stop), source: r, in: in,
	}
	if out.MaxUnavailable.N == 0 {
		b.rolloutError(out, r.MaxUnavailable, "max_unavailable is zero", "Then no host may ever be down, and none could be changed.", "Write at least 1.")
	}
	if out.GroupsAtOnce > 1 && out.GroupBy == "" && !s.open(r.GroupBy) {
		b.rolloutError(out, r.GroupsAtOnce, "groups_at_once without group_by", "There is one group then, which holds all hosts.", `Write group_by = "site", or another key of host.data, or remove it.`)
	}
	b.batches(out)
	if b.canarySound(out) && out.noCanary() && !s.open(r.Canary) {
		b.waitsForNobody(out)
	}
	return out
}

func (r *Rollout) noCanary() bool {
	n, err := strconv.Atoi(r.Canary)
	return r.Canary == "" || err == nil && n <= 0
}

// sharesRE finds what is meant as a number of hosts and is none.
var sharesRE = regexp.MustCompile(`^[0-9.,]+%?$`)

// canarySound reports whether the canary is a number or may be a pattern; what the pattern selects is seen later.
func (b *builder) canarySound(r *Rollout) bool {
	n, err := strconv.Atoi(r.Canary)
	switch {
	case err == nil && n < 0:
		b.rolloutError(r, r.source.Canary, "canary is negative", "It is the number of hosts of the first wave, or a pattern.", "Write 0 or more.")
	case err != nil && sharesRE.MatchString(r.Canary):
		b.rolloutError(r, r.source.Canary, fmt.Sprintf("canary %q is no number of hosts", r.Canary),
			"It is the number of hosts of the first wave, or a pattern; a share of the hosts is what batches are for.", "Write a whole number.")
	default:
		return true
	}
	r.Canary = "" // not a pattern either
	return false
}

// waitsForNobody reports what concerns the canary where there is none: nothing is accepted and ignored.
func (b *builder) waitsForNobody(r *Rollout) {
	const detail = "It concerns the canary, and this rollout has none."
	const advice = "Write canary = 1, or remove it."
	if r.Soak > 0 {
		b.rolloutError(r, r.source.Soak, "soak without a canary", detail, advice)
	}
	if r.Manual {
		b.rolloutError(r, r.source.Promote, `promote = "manual" without a canary`, detail, advice)
	}
}

// batches refuses waves of nobody.
func (b *builder) batches(r *Rollout) {
	e := r.source.Batches
	if r.Batches == nil {
		return
	}
	if len(r.Batches) == 0 {
		b.rolloutError(r, e, "batches is empty", "It lists the sizes of the waves of a group; the last one repeats.", `Write for example [1, 5, "100%"], or remove it.`)
		return
	}
	items, ds := hcl.ExprList(e)
	for i, c := range r.Batches {
		if c.N != 0 {
			continue
		}
		at := e
		if !ds.HasErrors() && len(items) == len(r.Batches) {
			at = items[i]
		}
		b.rolloutError(r, at, "a batch of no host", "A wave without a host would never be over.", "Write at least 1, or 1%.")
	}
}

func (b *builder) rolloutError(r *Rollout, at hcl.Expression, summary, detail, advice string) {
	b.add(diag.Diagnostics{diag.At(at.Range(), diag.BadRollout, summary, detail, advice)}.Within(r.in + ", rollout")...)
}

func (b *builder) rolloutErrorCode(r *Rollout, code, summary, detail, advice string) {
	b.add(diag.Diagnostics{diag.At(r.source.GroupBy.Range(), code, summary, detail, advice)}.Within(r.in + ", rollout")...)
}
