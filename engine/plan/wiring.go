package plan

import (
	"sync/atomic"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/muster-run/muster/engine/playbook"
)

// wiring is what only this package knows of a block.
type wiring struct {
	task   *playbook.Task   // of a task or handler
	health *playbook.Health // of a health block
	of     *Block           // the handler whose rollout a health block is of; nil when it is the play's
	gate   *Play            // set where the block stands for the end of that play, and for nothing else

	order, sub int // position in the playbook; sub counts the health blocks of a rollout
	parallel   int
	deps       []dep
	notifies   []link
	notifiedBy []*Block
	tasks      []*Block  // what its expressions refer to as task.x
	plays      []playRef // what they refer to as play.P.task.x

	within, stable, every time.Duration
	exclusive             []int

	chosen bool
	misfit bool              // its arguments do not fit the schema
	keys   map[string]string // of its for_each, when --target names some, with the target as it was written; nil: all
	at     []nodeRange       // its nodes on each host, parallel to Plan.Hosts
	single int               // its only node, of a check or gate
	hosts  []int             // of a handler, once known
	all    atomic.Pointer[allHosts]
}

// reach says on which hosts the nodes are that a node needs.
type reach int

const (
	sameHost reach = iota
	oneHost
	everyHost
)

// dep is something that has to end well before a block's nodes start.
type dep struct {
	on    *Block
	reach reach
	host  string // with oneHost
	key   string // one instance of for_each, when keyed
	keyed bool
	text  string // "refers to"
	at    hcl.Range
}

// link is a reference without condition: to a handler that is notified.
type link struct {
	on *Block
	at hcl.Range
}
