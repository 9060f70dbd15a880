package sdktest

import (
	"fmt"
	"testing"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/muster-run/muster/plugins/sdk"
)

// Request makes what a module is given: the arguments as an object of the whole schema, with defaults where the test says
// nothing and null where there are none; the same for host data. What a module reports goes to the test's log.
func Request(t testing.TB, d sdk.Description, conn sdk.Conn, args, data map[string]cty.Value) *sdk.Request {
	t.Helper()
	a, err := object(d.Args, args)
	if err != nil {
		t.Fatalf("arguments of %s: %v", d.Name, err)
	}
	h, err := object(sdk.Schema{Attributes: d.HostData}, data)
	if err != nil {
		t.Fatalf("host data for %s: %v", d.Name, err)
	}
	return &sdk.Request{
		Host: sdk.Host{Name: "host1", Address: "127.0.0.1"}, Args: sdk.Object{Value: a}, Data: sdk.Object{Value: h},
		Conn: conn, Report: reporter{t},
	}
}

func object(s sdk.Schema, given map[string]cty.Value) (cty.Value, error) {
	full := map[string]cty.Value{}
	types := s.Type().AttributeTypes()
	for name := range given {
		if _, ok := types[name]; !ok {
			return cty.NilVal, fmt.Errorf("there is no %q", name)
		}
	}
	for name, ty := range types {
		v, ok := given[name]
		if !ok {
			v = absent(s, name, ty)
		}
		v, err := convert.Convert(v, ty)
		if err != nil {
			return cty.NilVal, fmt.Errorf("%s: %w", name, err)
		}
		full[name] = v
	}
	return cty.ObjectVal(full), nil
}

func absent(s sdk.Schema, name string, ty cty.Type) cty.Value {
	for _, a := range s.Attributes {
		if a.Name == name && a.Default != cty.NilVal && a.Source == sdk.FromPlaybook {
			return a.Default
		}
	}
	for _, b := range s.Blocks {
		if b.Name == name && b.Repeat {
			return cty.ListValEmpty(ty.ElementType())
		}
	}
	return cty.NullVal(ty)
}

type reporter struct{ t testing.TB }

func (r reporter) Log(text string)      { r.t.Logf("log: %s", text) }
func (r reporter) Progress(text string) { r.t.Logf("progress: %s", text) }
