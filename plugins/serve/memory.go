package serve

import (
	"sync"

	"github.com/muster-run/muster/plugins/sdk"
)

// memories keeps the drivers' notes about shells that outlive the node. There is one per host and shell name, so that they
// are bounded by the inventory.
type memories struct {
	mu   sync.Mutex
	kept map[[2]string]*memory
}

type memory struct {
	generation uint64
	note       *sdk.Memory
}

// of returns the note of that generation, a new one where the shell was opened anew.
func (m *memories) of(host, name string, generation uint64) *sdk.Memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kept == nil {
		m.kept = map[[2]string]*memory{}
	}
	key := [2]string{host, name}
	k := m.kept[key]
	if k == nil || k.generation != generation {
		k = &memory{generation: generation, note: &sdk.Memory{}}
		m.kept[key] = k
	}
	return k.note
}
