package lang

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/diag"
)

var valueContext = &hcl.EvalContext{Variables: map[string]cty.Value{
	"unknown": cty.DynamicVal, "maybe": cty.UnknownVal(cty.Bool).Mark(Sensitive), "text": cty.StringVal("true"), "yes": cty.True.Mark(Operator), "none": cty.NullVal(cty.String),
}}

func TestWantBool(t *testing.T) {
	for src, want := range map[string]cty.Value{"true": cty.True, "!yes": cty.False, "unknown": cty.UnknownVal(cty.Bool), "maybe": cty.UnknownVal(cty.Bool), "1 < 2": cty.True} {
		if got, ds := WantBool(expr(t, src), valueContext); len(ds) > 0 || !got.RawEquals(want) {
			t.Errorf("%s: %v %#v", src, brief(ds), got)
		}
	}
	for src, want := range map[string]struct{ code, advice string }{
		`"x"`: {diag.QuotedValue, "Remove the quotes: x"}, `"{{ var.x }}"`: {diag.QuotedValue, "Remove the quotes: var.x"}, "text": {diag.WrongType, "Compare the value with something."}, "none": {diag.NullValue, "Guard it with coalesce() or a comparison."},
		"1": {diag.WrongType, "Compare the value with something."}, "nosuch": {diag.UnknownReference, ""},
	} {
		_, ds := WantBool(expr(t, src), valueContext)
		complete(t, ds)
		if len(ds) != 1 || ds[0].Code != want.code || want.advice != "" && ds[0].Advice != want.advice {
			t.Errorf("%s: got %+v", src, ds)
		}
	}
}

func TestDuration(t *testing.T) {
	for src, want := range map[string]time.Duration{`"2m"`: 2 * time.Minute, `"1h30m"`: 90 * time.Minute, "null": time.Second, `"0s"`: 0} {
		if got, ds := Duration(expr(t, src), valueContext, time.Second); len(ds) > 0 || got != want {
			t.Errorf("%s: %v %v", src, got, brief(ds))
		}
	}
	for src, code := range map[string]string{`"5"`: diag.BadDuration, "5": diag.BadDuration, `"-1s"`: diag.BadDuration, `"soon"`: diag.BadDuration, "[]": diag.WrongType, "unknown": diag.NotYetKnown} {
		if got, ds := Duration(expr(t, src), valueContext, time.Second); len(ds) != 1 || ds[0].Code != code || got != time.Second {
			t.Errorf("%s: %v %v", src, got, brief(ds))
		}
	}
	if got, ds := Duration(nil, nil, time.Hour); len(ds) > 0 || got != time.Hour {
		t.Errorf("nil: %v %v", got, brief(ds))
	}
}

func TestCount(t *testing.T) {
	for src, want := range map[string]Count{"2": {N: 2}, `"25%"`: {N: 25, Percent: true}, `"3"`: {N: 3}, "null": {N: 9}, `"0%"`: {Percent: true}} {
		if got, ds := CountOf(expr(t, src), valueContext, Count{N: 9}); len(ds) > 0 || got != want {
			t.Errorf("%s: %v %v", src, got, brief(ds))
		}
	}
	for _, src := range []string{`"x"`, "-1", "1.5", `"101%"`, `"%"`, "[1]", "unknown"} {
		_, ds := CountOf(expr(t, src), valueContext, Count{})
		complete(t, ds)
		if len(ds) != 1 {
			t.Errorf("%s: %v", src, brief(ds))
		}
	}
	for _, tt := range []struct {
		c       Count
		n, want int
		text    string
	}{{Count{N: 3}, 10, 3, "3"}, {Count{25, true}, 10, 2, "25%"}, {Count{1, true}, 10, 1, "1%"}, {Count{0, true}, 10, 0, "0%"}, {Count{50, true}, 0, 0, "50%"}, {Count{100, true}, 7, 7, "100%"}} {
		if got := tt.c.Of(tt.n); got != tt.want || tt.c.String() != tt.text {
			t.Errorf("%s of %d is %d, want %d", tt.c, tt.n, got, tt.want)
		}
	}
}

func TestCountUp(t *testing.T) {
	for _, tt := range []struct {
		c       Count
		n, want int
	}{{Count{N: 3}, 10, 3}, {Count{25, true}, 10, 3}, {Count{1, true}, 10, 1}, {Count{0, true}, 10, 0}, {Count{100, true}, 7, 7}, {Count{50, true}, 4, 2}} {
		if got := tt.c.Up(tt.n); got != tt.want {
			t.Errorf("%s of %d, rounded up, is %d, want %d", tt.c, tt.n, got, tt.want)
		}
	}
}

func TestCounts(t *testing.T) {
	for src, want := range map[string][]Count{`[1, 5, "25%", "100%"]`: {{N: 1}, {N: 5}, {25, true}, {100, true}}, "[]": {}, "null": nil, `concat(["2"], [3])`: {{N: 2}, {N: 3}}} {
		ctx := &hcl.EvalContext{Functions: Functions(&Files{}, nil)}
		got, ds := Counts(expr(t, src), ctx)
		if diff := cmp.Diff(want, got); diff != "" || len(ds) > 0 {
			t.Error(src, diff, brief(ds))
		}
	}
	for src, codes := range map[string][]string{
		`[1, "101%", "x"]`: {diag.BadCount, diag.BadCount}, "5": {diag.WrongType}, `"10%"`: {diag.WrongType}, "[null]": {diag.NullValue}, "[unknown]": {diag.NotYetKnown}, "unknown": {diag.NotYetKnown},
		"[[1]]": {diag.WrongType}, "[-1]": {diag.BadCount},
	} {
		_, ds := Counts(expr(t, src), valueContext)
		complete(t, ds)
		var got []string
		for _, d := range ds {
			got = append(got, d.Code)
		}
		if diff := cmp.Diff(codes, got); diff != "" {
			t.Error(src, diff)
		}
	}
	if got, ds := Counts(nil, nil); got != nil || len(ds) > 0 {
		t.Errorf("nil: %v %v", got, brief(ds))
	}
}

func TestIntTextStrings(t *testing.T) {
	if n, ds := Int(expr(t, "5"), nil, 1, 0, 10); n != 5 || len(ds) > 0 {
		t.Error(n, brief(ds))
	}
	for _, src := range []string{"11", "-1", "1.5", `"x"`} {
		if _, ds := Int(expr(t, src), nil, 1, 0, 10); len(ds) != 1 {
			t.Errorf("%s: %v", src, brief(ds))
		}
	}
	if s, ds := Text(expr(t, `"a"`), nil); s != "a" || len(ds) > 0 {
		t.Error(s, brief(ds))
	}
	got, ds := Strings(expr(t, `["a", 1]`), nil)
	if diff := cmp.Diff([]string{"a", "1"}, got); diff != "" || len(ds) > 0 {
		t.Error(diff, brief(ds))
	}
	if _, ds := Strings(expr(t, `["a", null]`), nil); len(ds) != 1 || ds[0].Code != diag.NullValue {
		t.Error(brief(ds))
	}
}

func TestJSON(t *testing.T) {
	v := cty.ObjectVal(map[string]cty.Value{
		"text": cty.StringVal("a\x1b").Mark(Operator), "secret": cty.ListVal([]cty.Value{cty.StringVal("x")}).Mark(Sensitive), "later": cty.UnknownVal(cty.String), "none": cty.NullVal(cty.String),
		"number": cty.MustParseNumberVal("12345678901234567890.5"), "set": cty.SetVal([]cty.Value{cty.StringVal("b"), cty.StringVal("a")}), "empty": cty.EmptyTupleVal, "flag": cty.True,
	})
	got, err := JSON(v)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"empty":[],"flag":true,"later":"(known after the run)","none":null,"number":12345678901234567890.5,"secret":"(sensitive)","set":["a","b"],"text":"a\u001b"}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}
