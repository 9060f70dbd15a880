package schedule

type state uint8

const (
	waiting state = iota
	running
	paused // between two attempts or two questions
	ended
)

type node struct {
	host, unit int32 // or none
	waits      int32 // needs that have not ended
	cause      int32 // why a need did not end well, or none
	missed     int32 // with spares: the unreachable host's node because of which a need is left out, or none
	attempt    int32
	block      int32 // place in the queue after its parallel block, or after itself
	probe      int32 // of Health, else none
	holds      uint64
	role       Role
	state      state
	outcome    Outcome // of the last attempt
	notified   bool
	spares     bool
	met        bool // with spares: a need ended well
}

type host struct {
	head, end int32  // its part of the queue that has not ended
	busy      uint64 // exclusive resources that running nodes hold
	stop      int32  // the node because of which it starts nothing more, or none
	unit      int32  // the first of its units, or none
	under     int32  // units under way
	begun     bool
	dirty     bool // in work
	queued    bool // in begun or fresh
	failed    bool
}
