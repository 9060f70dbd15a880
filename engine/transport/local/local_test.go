package local_test

import (
	"context"
	"testing"

	"go.uber.org/goleak"

	"github.com/muster-run/muster/engine/transport"
	"github.com/muster-run/muster/engine/transport/local"
	"github.com/muster-run/muster/engine/transport/transporttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSuite(t *testing.T) {
	dir := t.TempDir()
	d := local.NewDialer(local.Options{Home: dir})
	transporttest.Run(t, transporttest.Host{
		Dial: func(ctx context.Context) (transport.Transport, error) {
			return d.Dial(ctx, transport.Target{Host: "localhost"})
		},
		Dir: dir,
	})
}
