package sdk

// Sensitive is the mark of a cty value that must not be shown: the engine puts it on values that a playbook calls
// sensitive, and redacts them wherever they come out. A module receives plain values, and may mark what it returns as
// output: `cty.StringVal(token).Mark(sdk.Sensitive)`. Any other mark crosses the wire as this one.
const Sensitive = mark("sensitive")

type mark string

// GoString keeps cty's own dumps readable.
func (m mark) GoString() string { return "sdk.Sensitive" }
