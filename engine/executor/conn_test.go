package executor

import (
	"errors"
	"fmt"
	"testing"

	"github.com/muster-run/muster/engine/transport"
	"github.com/muster-run/muster/plugins/sdk"
)

// An error of the transport is recognised by modules and by the engine, and says once what it is.
func TestUnreachable(t *testing.T) {
	err := unreachable(fmt.Errorf("%w: connection reset", transport.ErrUnreachable))
	if err.Error() != "host unreachable: connection reset" {
		t.Errorf("it says %q", err)
	}
	if !errors.Is(err, sdk.ErrUnreachable) || !errors.Is(err, transport.ErrUnreachable) {
		t.Error("it is not recognised")
	}
	if again := unreachable(err); again != err {
		t.Errorf("twice: %v", again)
	}
	if other := errors.New("no such file"); unreachable(other) != other || unreachable(nil) != nil {
		t.Error("what is something else was changed")
	}
}
