package broadworks

import (
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

func verifying(status int64) map[string]cty.Value {
	return map[string]cty.Value{"verify": cty.ObjectVal(map[string]cty.Value{
		"method": cty.StringVal("GET"), "path": cty.StringVal("/authService/token?key=AAAA"),
		"expect_status": cty.NumberIntVal(status), "expect_body": cty.NullVal(cty.String),
	})}
}

// TestVerifyBlock makes the request of a verify block to real servers: what comes back as expected passes on every dialect;
// what does not fails wherever the server does not say that it must be restarted first.
func TestVerifyBlock(t *testing.T) {
	refused := 0
	for seed := range uint64(8) {
		_, conns := authFleet(t, bwsim.Options{XSPCount: 2, Dialect: seed})
		deployAll(t, conns)
		if _, err := round(t, conns, verifying(418)); err != nil {
			if !strings.Contains(explain(err), "verify failed") {
				t.Errorf("dialect %d: %s", seed, explain(err))
			}
			refused++
		}
		mustRound(t, conns, verifying(200))
		agree(t, conns)
	}
	if refused == 0 {
		t.Error("no dialect noticed that the answer is not as expected")
	}
}
