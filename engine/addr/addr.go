// Package addr names the things of a run: plays, tasks, handlers, health blocks, checks, and their nodes on hosts.
//
// An address is a small comparable value with one string form, used on screens, in logs, as a map key and in --target.
// The package knows nothing of what an address points to.
package addr

import (
	"fmt"
	"strconv"
	"strings"
)

// Kind says what sort of thing an address names.
type Kind string

// The kinds, as they stand in the string form.
const (
	Task    Kind = "task"
	Handler Kind = "handler"
	Health  Kind = "health"
	Check   Kind = "check"
)

// Block is a task, handler, health or check block of a playbook. Play is empty for a handler at file level. Health
// blocks carry the address of what they stand in as Of ("handler.restart", or empty for a play's own rollout).
type Block struct {
	Play string
	Kind Kind
	Of   string
	Name string
}

// String gives `cti.task.anchors`, `handler.restart` (file level), `cti.handler.restart.health.cti`.
func (b Block) String() string {
	s := string(b.Kind) + "." + b.Name
	if b.Of != "" {
		s = b.Of + "." + s
	}
	if b.Play != "" {
		s = b.Play + "." + s
	}
	return s
}

// Instance is a block once for_each has given it a key; a block without for_each has the empty key and Keyed false.
type Instance struct {
	Block
	Key   string
	Keyed bool
}

// String gives `cti.task.anchors["root"]`.
func (i Instance) String() string {
	if !i.Keyed {
		return i.Block.String()
	}
	return i.Block.String() + "[" + strconv.Quote(i.Key) + "]"
}

// Node is an instance on a host: the unit that is scheduled. Host is empty for a check, which runs once without a host.
// A task with fan_out has a node for each phase, the last of which has no Phase here.
type Node struct {
	Instance
	Host  string
	Phase string
}

// String gives `xsp01.fra: cti.task.anchors["root"]`, with a phase `xsp01.fra: auth.task.keys (stage)`.
func (n Node) String() string {
	s := n.Instance.String()
	if n.Phase != "" {
		s += " (" + n.Phase + ")"
	}
	if n.Host == "" {
		return s
	}
	return n.Host + ": " + s
}

// Target is what --target takes: a play, or a task in one play or in all.
type Target struct {
	Play string // empty: any
	Name string // empty: the whole play
	Key  string
	// Keyed is false when the target means every instance.
	Keyed bool
}

// ParseTarget reads `play.cti`, `task.anchors`, `task.anchors["root"]` and `cti.task.anchors["root"]`.
func ParseTarget(s string) (Target, error) {
	bad := fmt.Errorf("target %q: want play.NAME, task.NAME, PLAY.task.NAME, each task with an optional [\"KEY\"]", s)
	rest, key, keyed := strings.Cut(s, "[")
	t := Target{Keyed: keyed}
	if keyed {
		unquoted, err := strconv.Unquote(strings.TrimSuffix(key, "]"))
		if err != nil || !strings.HasSuffix(key, "]") || key[0] != '"' {
			return Target{}, bad
		}
		t.Key = unquoted
	}
	parts := strings.Split(rest, ".")
	for _, p := range parts {
		if p == "" {
			return Target{}, bad
		}
	}
	switch {
	case len(parts) == 2 && parts[0] == "play" && !keyed:
		t.Play = parts[1]
	case len(parts) == 2 && parts[0] == "task":
		t.Name = parts[1]
	case len(parts) == 3 && parts[1] == "task":
		t.Play, t.Name = parts[0], parts[2]
	default:
		return Target{}, bad
	}
	return t, nil
}

// Matches reports whether a task instance is what the target means.
func (t Target) Matches(i Instance) bool {
	if t.Play != "" && t.Play != i.Play {
		return false
	}
	if t.Name != "" && t.Name != i.Name {
		return false
	}
	return !t.Keyed || (i.Keyed && t.Key == i.Key)
}
