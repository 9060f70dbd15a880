package executor

import (
	"context"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/lang"
	"github.com/muster-run/muster/engine/secret"
	"github.com/muster-run/muster/plugins/sdk"
)

// newConn makes the Conn of an attempt. It dials nothing yet.
func (e *Executor) newConn(n, attempt int, host *hostState) *nodeConn {
	c := &nodeConn{exec: e, host: host, node: e.plan.Nodes[n].Addr.String(), attempt: attempt, declared: map[string]bool{host.address: true}}
	if m, ok := e.plan.Nodes[n].Block.Module.(interface{ Plugin() string }); ok {
		c.plugin = m.Plugin()
	}
	return c
}

// data is the host.data values that the module declares; those of them that are text are addresses it may dial.
func (e *Executor) data(n int, c *nodeConn) sdk.Object {
	v := e.plain(e.plan.Data(n).Value)
	if v == cty.NilVal || v.IsNull() || !v.IsWhollyKnown() {
		return sdk.Object{Value: v}
	}
	for _, attr := range v.AsValueMap() {
		switch {
		case attr.IsNull():
		case attr.Type() == cty.String:
			c.declared[attr.AsString()] = true
		case attr.Type().Equals(sdk.HandleType):
			c.grant(attr.GetAttr("id").AsString())
		}
	}
	return sdk.Object{Value: v}
}

// plain takes the marks off a value on its way to a module. Sensitive text is told to the redactor first, so that it is
// taken out of whatever the module says.
func (e *Executor) plain(v cty.Value) cty.Value {
	if v == cty.NilVal {
		return v
	}
	bare, marked := v.UnmarkDeepWithPaths()
	for _, p := range marked {
		if _, sensitive := p.Marks[lang.Sensitive]; !sensitive {
			continue
		}
		if s, err := p.Path.Apply(bare); err == nil && s.Type() == cty.String && s.IsKnown() && !s.IsNull() {
			e.redact.Add(secret.NewValue([]byte(s.AsString())))
		}
	}
	return bare
}

// handleSources notes which handles the arguments of an attempt name: it may use those and no others.
type handleSources struct {
	lang.Sources
	conn *nodeConn
}

func (s handleSources) Handle(ctx context.Context, secret *lang.Secret) (sdk.Handle, error) {
	h, err := s.Sources.Handle(ctx, secret)
	if err == nil {
		s.conn.grant(h.ID)
	}
	return h, err
}

// reporter turns what a module says while it runs into events.
type reporter struct {
	e    *Executor
	node int
}

func (r reporter) Log(text string) {
	r.e.emit(event.Event{Type: event.NodeLog, Node: r.e.plan.Nodes[r.node].Addr, Text: text})
}

func (r reporter) Progress(text string) {
	r.e.emit(event.Event{Type: event.NodeProgress, Node: r.e.plan.Nodes[r.node].Addr, Text: text})
}
