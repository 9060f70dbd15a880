package bwsim

import "github.com/muster-run/muster/modules/broadworks/bwsim/internal/cli"

// effect is when a change of the configuration takes effect.
type effect bool

const (
	atOnce       effect = false
	afterRestart effect = true
)

// refusal is why a change is not made.
type refusal struct {
	problem problem
	args    []any
}

func refusing(p problem, args ...any) *refusal { return &refusal{p, args} }

// edit changes the stored configuration in one step, and the active one too
// when the change takes effect at once; then it prints the outcome.
func (h *Host) edit(c *cli.Call, when effect, change func(*Config) *refusal) error {
	if h.opts.Profile.Account == Viewer {
		return h.refuse(c, noPrivilege)
	}
	h.mu.Lock()
	draft := h.stored.clone()
	refused := change(&draft)
	if refused == nil {
		draft.sort()
		h.stored = draft
		if when == atOnce {
			active := h.active.clone()
			change(&active) // cannot be refused where the stored one was not
			active.sort()
			h.active = active
		}
	}
	h.mu.Unlock()
	if refused != nil {
		return h.refuse(c, refused.problem, refused.args...)
	}
	return h.done(c, when == afterRestart)
}
