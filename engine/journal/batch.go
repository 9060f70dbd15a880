package journal

// batch is what is written at once.
type batch struct {
	items []item
	done  chan struct{} // closed when what follows is known
	// Why it is not durable; nil when it is. ends is the answer for the records that the reserve is for.
	err, ends error
}

type item struct {
	payload []byte
	class   class
}

// class is what a record needs.
type class uint8

const (
	note  class = iota // an event: no sync of its own
	claim              // something will be done because it is in the journal
	end                // something was done: goes into the reserve when the disk is full
)

func classOf(r Record) class {
	switch {
	case r.Event != nil:
		return note
	case r.Outcome != nil, r.Finish != nil, r.Steer != nil:
		return end
	}
	return claim
}

// Ticket stands for an appended record. The zero Ticket is of nothing, and durable.
type Ticket struct {
	of  *batch
	end bool
}

func (t Ticket) answer() error {
	if t.end {
		return t.of.ends
	}
	return t.of.err
}

func newBatch() *batch { return &batch{done: make(chan struct{})} }

// refused is the ticket of a record that will never be durable.
func refused(err error) Ticket {
	b := newBatch()
	b.err, b.ends = err, err
	close(b.done)
	return Ticket{of: b}
}
