package plan

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/schedule"
)

// Text draws the plan as a tree: plays with their hosts, tasks in their order with what they wait for and notify,
// handlers with the arithmetic of their rollout. Identical for any number of hosts but for the counts.
func (p *Plan) Text(w io.Writer) error {
	var rows []row
	for _, play := range p.Plays {
		rows = append(rows, p.playRows(play)...)
	}
	rows = append(rows, p.fileHandlerRows()...)
	if err := writeRows(w, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, p.totals())
	return err
}

func (p *Plan) playRows(play *Play) []row {
	head := row{name: "play " + play.Name, module: "hosts " + play.Pattern}
	if p.scopes != nil {
		head.module += fmt.Sprintf(" (%d)", len(play.Hosts))
	}
	for _, ref := range play.source.DependsOn {
		head.notes = append(head.notes, "waits for play "+ref.Name)
	}
	switch {
	case play.Emptied && len(play.leftOut) > 0:
		head.notes = append(head.notes, "its hosts are left out")
	case play.Emptied:
		head.notes = append(head.notes, "emptied by --limit")
	}
	if play.Rollout != nil {
		head.notes = append(head.notes, p.rolloutNote(play.Rollout))
	}
	rows := []row{head}
	for _, block := range p.Blocks {
		if block.Play == play && block.chosen && block.of == nil {
			rows = append(rows, p.blockRows(block)...)
		}
	}
	return closeRows(rows)
}

func (p *Plan) fileHandlerRows() []row {
	var rows []row
	for _, block := range p.Blocks {
		if block.Play == nil && block.chosen && block.of == nil {
			own := p.blockRows(block)
			own[0].depth = 0
			rows = append(rows, closeRows(own)...)
		}
	}
	return rows
}

func (p *Plan) blockRows(block *Block) []row {
	r := row{depth: 1, name: block.Addr.Name, module: block.ModuleName, notes: p.blockNotes(block)}
	if block.Addr.Kind != addr.Task {
		r.name = string(block.Addr.Kind) + " " + block.Addr.Name
	}
	rows := []row{r}
	for _, other := range p.Blocks {
		if other.of == block && other.chosen {
			rows = append(rows, row{depth: 2, name: "health " + other.Addr.Name, module: other.ModuleName, notes: p.blockNotes(other)})
		}
	}
	return rows
}

func (p *Plan) blockNotes(block *Block) []string {
	var notes []string
	if keys := p.keys(block); keys != "" {
		notes = append(notes, "for each of "+keys)
	}
	if block.Fan != nil {
		from := "the first host that has it"
		if block.Fan.pattern != "" {
			from = block.Fan.pattern
		}
		notes = append(notes, "from "+from+" to all: stage, verify, then activate")
	}
	if block.When != nil {
		notes = append(notes, "when a condition holds")
	}
	if block.parallel > 0 {
		notes = append(notes, fmt.Sprintf("∥ block %d", block.task.Parallel))
	}
	var after, notifies []string
	for _, d := range block.deps {
		after = appendOnce(after, d.String())
	}
	for _, n := range block.notifies {
		notifies = appendOnce(notifies, n.on.Addr.Name)
	}
	if len(after) > 0 {
		notes = append(notes, "◀─ "+strings.Join(after, ", "))
	}
	if len(notifies) > 0 {
		notes = append(notes, "─▶ "+strings.Join(notifies, ", "))
	}
	if block.health != nil {
		notes = append(notes, block.healthNote())
	}
	if block.Rollout != nil {
		notes = append(notes, p.rolloutNote(block.Rollout))
	}
	return notes
}

// rolloutNote says how a rollout goes, counted where hosts are known.
func (p *Plan) rolloutNote(r *Rollout) string {
	if i := slices.Index(p.Rollouts, r); i >= 0 {
		return p.RolloutViews()[i].String()
	}
	return r.String()
}

func (b *Block) healthNote() string {
	s := "within " + short(b.within)
	if b.stable > 0 {
		s += ", stable for " + short(b.stable)
	}
	return s
}

// String names what is depended on, as short as it is clear: `anchors`, `anchors["root"]`, `cti.anchors on all hosts`.
func (d dep) String() string {
	s := d.on.Addr.Name
	if d.keyed {
		s += fmt.Sprintf("[%q]", d.key)
	}
	switch d.reach {
	case oneHost:
		return fmt.Sprintf("%s.%s on %s", d.on.Addr.Play, s, d.host)
	case everyHost:
		return fmt.Sprintf("%s.%s on all hosts", d.on.Addr.Play, s)
	}
	return s
}

// keys lists the instances of a block.
func (p *Plan) keys(block *Block) string {
	if block.forEach() == nil {
		return ""
	}
	const most = 6
	var keys []string
	for _, r := range block.at {
		for i := range int(r.count) {
			keys = appendOnce(keys, p.Nodes[int(r.first)+i].Addr.Key)
		}
		if len(keys) > most {
			return fmt.Sprintf("%d or more", most)
		}
	}
	switch {
	case block.at == nil:
		return "its values"
	case len(keys) == 0:
		return "nothing"
	}
	return strings.Join(keys, ", ")
}

// totals counts what there is.
func (p *Plan) totals() string {
	count := map[addr.Kind]int{}
	for _, block := range p.Blocks {
		if block.chosen {
			count[block.Addr.Kind]++
		}
	}
	parts := []string{plural(count[addr.Task], "task"), plural(count[addr.Handler], "handler")}
	if n := count[addr.Check]; n > 0 {
		parts = append(parts, plural(n, "check"))
	}
	if p.scopes == nil {
		return strings.Join(parts, ", ") + "."
	}
	runs := 0
	for _, s := range p.Spec.Nodes {
		if s.Role == schedule.Task {
			runs++
		}
	}
	return fmt.Sprintf("%s, %s on %s.", strings.Join(parts, ", "), plural(runs, "task run"), plural(len(p.Hosts), "host"))
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
