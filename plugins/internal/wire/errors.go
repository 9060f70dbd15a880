package wire

import (
	"context"
	"errors"
	"io"
	"net"
	"os"

	"github.com/muster-run/muster/plugins/internal/pb"
	"github.com/muster-run/muster/plugins/sdk"
)

// ErrRefusedGrant is wrapped by the engine's answer to an operation that no running call covers.
var ErrRefusedGrant = errors.New("not allowed")

// causes are the errors that both sides recognise. Where one cause stands twice, the first is what it decodes to.
var causes = []struct {
	cause pb.Cause
	err   error
}{
	{pb.Cause_CAUSE_UNREACHABLE, sdk.ErrUnreachable},
	{pb.Cause_CAUSE_NOT_EXIST, sdk.ErrNotExist},
	{pb.Cause_CAUSE_DEADLINE, context.DeadlineExceeded},
	{pb.Cause_CAUSE_DEADLINE, os.ErrDeadlineExceeded},
	{pb.Cause_CAUSE_CANCELLED, context.Canceled},
	{pb.Cause_CAUSE_REFUSED_GRANT, ErrRefusedGrant},
	{pb.Cause_CAUSE_END, io.EOF},
	{pb.Cause_CAUSE_CLOSED, net.ErrClosed},
	{pb.Cause_CAUSE_CLOSED, os.ErrClosed},
}

// crossed is an error that came over the wire: its text is the sender's, and Unwrap gives what can be recognised in it.
type crossed struct {
	text string
	errs []error
}

func (e *crossed) Error() string   { return e.text }
func (e *crossed) Unwrap() []error { return e.errs }

// EncodeError writes an error; nil gives nil.
func EncodeError(err error) *pb.Error {
	if err == nil {
		return nil
	}
	out := &pb.Error{Text: short(err.Error())}
	var f *sdk.Failure
	if errors.As(err, &f) {
		out.Failure = encodeFailure(f)
	}
	for _, c := range causes {
		if errors.Is(err, c.err) && (len(out.Causes) == 0 || out.Causes[len(out.Causes)-1] != c.cause) {
			out.Causes = append(out.Causes, c.cause)
		}
	}
	return out
}

// DecodeError reads an error; nil gives nil. A *sdk.Failure comes back as one.
func DecodeError(m *pb.Error) error {
	if m == nil {
		return nil
	}
	found := decodeCauses(m.Causes)
	if m.Failure != nil {
		f := decodeFailure(m.Failure)
		if short(f.Error()) == m.Text || m.Text == "" {
			f.Err = errors.Join(found...)
			return f
		}
		found = append(found, f)
	}
	if len(found) == 1 && found[0].Error() == m.Text {
		return found[0]
	}
	return &crossed{text: short(m.Text), errs: found}
}

func decodeCauses(list []pb.Cause) []error {
	var found []error
	for _, c := range causes {
		for _, got := range list {
			if got != c.cause {
				continue
			}
			list = without(list, got)
			found = append(found, c.err)
			break
		}
	}
	return found
}

func without(list []pb.Cause, c pb.Cause) []pb.Cause {
	var out []pb.Cause
	for _, x := range list {
		if x != c {
			out = append(out, x)
		}
	}
	return out
}

var classes = pairs[sdk.Class, pb.Class]{
	{sdk.Failed, pb.Class_CLASS_FAILED},
	{sdk.Timeout, pb.Class_CLASS_TIMEOUT},
	{sdk.Busy, pb.Class_CLASS_BUSY},
	{sdk.Unreachable, pb.Class_CLASS_UNREACHABLE},
	{sdk.Uncertain, pb.Class_CLASS_UNKNOWN},
}

func encodeFailure(f *sdk.Failure) *pb.Failure {
	class, _ := classes.encode(f.Class)
	return &pb.Failure{
		Class: class, Summary: short(f.Summary), What: short(f.What), Why: short(f.Why), State: short(f.State),
		Do: shorts(f.Do), Arg: short(f.Arg),
	}
}

func decodeFailure(m *pb.Failure) *sdk.Failure {
	class, ok := classes.decode(m.Class)
	if !ok {
		class = sdk.Failed
	}
	return &sdk.Failure{
		Class: class, Summary: short(m.Summary), What: short(m.What), Why: short(m.Why), State: short(m.State),
		Do: shorts(m.Do), Arg: short(m.Arg),
	}
}
