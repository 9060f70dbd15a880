package event

// Sink receives every event, in order, from one goroutine. It must not block for long: a slow display merges progress.
type Sink interface {
	Handle(e Event)
}

// SinkFunc is a function as a Sink.
type SinkFunc func(Event)

// Handle calls the function.
func (f SinkFunc) Handle(e Event) { f(e) }
