package secret_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/muster-run/muster/engine/secret"
)

// A terminal's read that nobody waits for any more cannot be ended; see Terminal.Ask.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/muster-run/muster/engine/secret.Terminal.Ask.func1"))
}

func TestValueNeverPrints(t *testing.T) {
	const canary = "hunter2hunter2"
	v := secret.NewValue([]byte(canary))
	holder := struct {
		Name string
		V    secret.Value
		P    *secret.Value
		M    map[string]secret.Value
		S    []any
	}{"n", v, &v, map[string]secret.Value{"k": v}, []any{v}}

	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%08b", "%T %[1]v", "%10.3s"} {
		fmt.Fprintf(&out, verb+"\n", v)
		fmt.Fprintf(&out, verb+"\n", &v)
		fmt.Fprintf(&out, verb+"\n", holder)
	}
	fmt.Fprintln(&out, v, v.String(), v.GoString(), fmt.Errorf("failed: %v", v))
	b, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(b)
	keyed, _ := v.MarshalText()
	out.Write(keyed)
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("m", "secret", v, "pointer", &v, "all", holder)
	}
	for _, form := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), fmt.Sprint([]byte(canary)), "104 117"} {
		if strings.Contains(out.String(), form) {
			t.Errorf("%q is in the output:\n%s", form, out.String())
		}
	}
	if string(v.Reveal()) != canary || v.Len() != len(canary) {
		t.Error("the value is not kept")
	}
	if v.Wipe(); bytes.Contains(v.Reveal(), []byte("hunter")) {
		t.Error("the value is not wiped")
	}
}
