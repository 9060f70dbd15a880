package ssh

import "context"

// await runs f, which may block for as long as the connection lives, and returns when it did, or when ctx or the
// connection ended. What f makes after that is for discard to clean up.
func await[T any](ctx context.Context, c *conn, f func() (T, error), discard func(T)) (v T, err error) {
	type outcome struct {
		v   T
		err error
	}
	if ctx.Err() != nil {
		return v, context.Cause(ctx)
	}
	out, gone := make(chan outcome), make(chan struct{})
	defer close(gone)
	started := c.start(func() {
		v, err := f()
		select {
		case out <- outcome{v, err}:
		case <-gone:
			if err == nil {
				discard(v)
			}
		}
	})
	if !started {
		return v, c.Err()
	}
	select {
	case o := <-out:
		return o.v, o.err
	case <-ctx.Done():
		return v, context.Cause(ctx)
	case <-c.done:
		return v, c.Err()
	}
}
