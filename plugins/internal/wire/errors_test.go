package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/muster-run/muster/plugins/internal/pb"
	"github.com/muster-run/muster/plugins/sdk"
)

// cross sends an error over the wire.
func cross(t *testing.T, err error) error {
	t.Helper()
	b, e := proto.Marshal(EncodeError(err))
	if e != nil {
		t.Fatal(e)
	}
	m := &pb.Error{}
	if e := proto.Unmarshal(b, m); e != nil {
		t.Fatal(e)
	}
	return DecodeError(m)
}

func TestErrorsAreRecognisedOnTheOtherSide(t *testing.T) {
	for _, target := range []error{
		sdk.ErrUnreachable, sdk.ErrNotExist, context.DeadlineExceeded, context.Canceled, ErrRefusedGrant, io.EOF, net.ErrClosed,
	} {
		t.Run(target.Error(), func(t *testing.T) {
			if got := cross(t, target); got != target {
				t.Errorf("got %#v, want the error itself", got)
			}
			wrapped := fmt.Errorf("while at it: %w", target)
			got := cross(t, wrapped)
			if !errors.Is(got, target) || got.Error() != wrapped.Error() {
				t.Errorf("got %#v", got)
			}
			if errors.Is(got, errors.ErrUnsupported) {
				t.Error("is everything")
			}
		})
	}
	if got := cross(t, os.ErrDeadlineExceeded); !errors.Is(got, context.DeadlineExceeded) {
		t.Errorf("a connection's deadline became %v", got)
	}
	if got := cross(t, errors.New("plain")); got.Error() != "plain" || errors.Is(got, io.EOF) {
		t.Errorf("got %v", got)
	}
	if DecodeError(EncodeError(nil)) != nil {
		t.Error("nil became an error")
	}
}

func TestFailuresKeepTheirParts(t *testing.T) {
	f := &sdk.Failure{
		Class: sdk.Busy, Summary: "s", What: "two\nlines", Why: "y", State: "st", Do: []string{"a", "b"}, Arg: "x[1].y",
		Err: sdk.ErrUnreachable,
	}
	got, ok := cross(t, f).(*sdk.Failure)
	if !ok || !errors.Is(got, sdk.ErrUnreachable) {
		t.Fatalf("got %#v", got)
	}
	if d := cmp.Diff(f, got, cmpopts.IgnoreFields(sdk.Failure{}, "Err")); d != "" {
		t.Error(d)
	}
	wrapped := cross(t, fmt.Errorf("outside: %w", f))
	var inner *sdk.Failure
	if !errors.As(wrapped, &inner) || inner.Summary != "s" || !strings.HasPrefix(wrapped.Error(), "outside: ") {
		t.Errorf("got %#v", wrapped)
	}
	if c := cross(t, &sdk.Failure{Class: "of tomorrow", Summary: "s"}).(*sdk.Failure).Class; c != sdk.Failed {
		t.Errorf("an unknown class became %q", c)
	}
}

func TestErrorTextIsBounded(t *testing.T) {
	huge := errors.New(strings.Repeat("x\xff", 5<<20))
	if got := cross(t, huge); len(got.Error()) > 4*maxText {
		t.Errorf("%d bytes crossed", len(got.Error()))
	}
	m := &pb.Error{Failure: &pb.Failure{Do: make([]string, 100_000)}, Causes: make([]pb.Cause, 100_000)}
	if got := DecodeError(m).(*sdk.Failure); len(got.Do) > 1000 {
		t.Errorf("%d next steps", len(got.Do))
	}
}
