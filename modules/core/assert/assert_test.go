package assert_test

import (
	"context"
	"errors"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/modules/core/assert"
	"github.com/muster-run/muster/plugins/sdk"
	"github.com/muster-run/muster/plugins/sdk/sdktest"
)

func request(t *testing.T, condition bool, message string) (*sdk.Request, *sdktest.Conn) {
	conn := sdktest.NewConn(t)
	return sdktest.Request(t, assert.Module{}.Describe(), conn, map[string]cty.Value{
		"condition": cty.BoolVal(condition), "error_message": cty.StringVal(message),
	}, nil), conn
}

func TestDescription(t *testing.T) {
	if err := (assert.Module{}).Describe().Verify(); err != nil {
		t.Error(err)
	}
}

func TestMain(m *testing.M) { sdktest.Main(m, assert.Module{}) }

func TestConforms(t *testing.T) {
	sdktest.Conform(t, assert.Module{}, sdktest.Case{Name: "holds", Args: map[string]cty.Value{
		"condition": cty.True, "error_message": cty.StringVal("no"),
	}, Verify: func(t testing.TB, c *sdktest.Conn) {
		if ops := c.Ops(); len(ops) > 0 {
			t.Errorf("the host was asked: %v", ops)
		}
	}})
}

func TestHolds(t *testing.T) {
	req, conn := request(t, true, "no")
	res, err := assert.Module{}.Check(t.Context(), req)
	if err != nil || res.Verdict != sdk.NoChange {
		t.Errorf("got %+v, %v", res, err)
	}
	if done, err := (assert.Module{}).Apply(t.Context(), req); err != nil || done.Changed {
		t.Errorf("apply: %+v, %v", done, err)
	}
	if ops := conn.Ops(); len(ops) > 0 {
		t.Errorf("the host was asked: %v", ops)
	}
}

func TestFails(t *testing.T) {
	req, conn := request(t, false, " xsp1 is too old. \n")
	_, err := assert.Module{}.Check(t.Context(), req)
	f := (*sdk.Failure)(nil)
	if !errors.As(err, &f) || f.Summary != "xsp1 is too old." || f.Class != sdk.Failed || f.Arg != "condition" {
		t.Errorf("got %+v", err)
	}
	if _, err := (assert.Module{}).Apply(t.Context(), req); err == nil {
		t.Error("apply succeeds")
	}
	if ops := conn.Ops(); len(ops) > 0 {
		t.Errorf("the host was asked: %v", ops)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (assert.Module{}).Check(ctx, req); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestValidate(t *testing.T) {
	for message, want := range map[string]int{"too old": 0, "": 1, " \n": 1} {
		req, _ := request(t, false, message)
		if got := (assert.Module{}).Validate(t.Context(), req); len(got) != want {
			t.Errorf("%q: %+v", message, got)
		}
	}
	req, _ := request(t, false, "x")
	req.Args = sdk.Object{Value: cty.ObjectVal(map[string]cty.Value{"condition": cty.UnknownVal(cty.Bool), "error_message": cty.UnknownVal(cty.String)})}
	if got := (assert.Module{}).Validate(t.Context(), req); len(got) != 0 {
		t.Errorf("judges what is not known: %+v", got)
	}
}
