package broadworks

import (
	"testing"

	"github.com/muster-run/muster/plugins/sdk/sdktest"
)

// TestMain lets the test binary be the plugin that sdktest.Conform starts.
func TestMain(m *testing.M) { sdktest.Main(m, Modules()...) }
