package problem_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/modules/core/internal/problem"
	"github.com/muster-run/muster/plugins/sdk"
)

func TestFailure(t *testing.T) {
	warning := sdk.Problem{Warning: true, Arg: "a", Summary: "odd"}
	if err := problem.Failure([]sdk.Problem{warning}); err != nil {
		t.Errorf("a warning fails: %v", err)
	}
	err := problem.Failure([]sdk.Problem{warning, {Arg: "b", Summary: "wrong", Detail: "why", Advice: "do"}, {Arg: "c"}})
	want := &sdk.Failure{Class: sdk.Failed, Summary: "wrong", Why: "why", Arg: "b", State: "nothing was sent", Do: []string{"do"}}
	if diff := cmp.Diff(error(want), err); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
