package serve

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/muster-run/muster/plugins/internal/wire"
)

func TestContextsOfCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c calls
		slow, endSlow := c.begin(t.Context(), wire.Call{ID: "slow", Left: time.Minute})
		other, endOther := c.begin(t.Context(), wire.Call{ID: "other"})
		time.Sleep(time.Minute) // virtual
		<-slow.Done()
		if !errors.Is(slow.Err(), context.DeadlineExceeded) || other.Err() != nil {
			t.Errorf("slow %v, other %v", slow.Err(), other.Err())
		}
		c.cancel("other")
		if !errors.Is(other.Err(), context.Canceled) {
			t.Errorf("other %v", other.Err())
		}
		endSlow()
		endOther()
		if len(c.running) > 0 {
			t.Errorf("still known: %v", c.running)
		}
	})
}

func TestACancelThatComesFirst(t *testing.T) {
	var c calls
	c.cancel("1")
	ctx, end := c.begin(t.Context(), wire.Call{ID: "1"})
	defer end()
	if ctx.Err() == nil {
		t.Error("the call goes on")
	}
	for i := range 1000 {
		c.cancel(fmt.Sprint("late ", i))
	}
	if len(c.early) > 64 {
		t.Errorf("%d are remembered", len(c.early))
	}
}

func TestMemoryBelongsToHostShellAndGeneration(t *testing.T) {
	var m memories
	first := m.of("h1", "cli", 1)
	first.Value = "in System"
	for name, tt := range map[string]struct {
		host, shell string
		generation  uint64
		want        any
	}{
		"the same":      {"h1", "cli", 1, "in System"},
		"another host":  {"h2", "cli", 1, nil},
		"another shell": {"h1", "sh", 1, nil},
	} {
		if got := m.of(tt.host, tt.shell, tt.generation).Value; got != tt.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
	if got := m.of("h1", "cli", 2).Value; got != nil {
		t.Errorf("a new generation remembers %v", got)
	}
}
