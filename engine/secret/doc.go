// Package secret holds what must not be shown.
//
// Its nouns: a [Value] is bytes that no formatter prints; a source ([ReadFile], [Prompt]) is where one comes from; a
// [Store] keeps values for a run and hands out a [Handle], which shows public facts only; a [Redactor] is the second
// net: it takes registered values out of everything that leaves. [Printable] is the one sanitiser for text that came
// from a host.
//
// It is not a vault: values live in this process's memory, and wiping them on Close is best effort, since the runtime and
// crypto libraries make copies of their own.
package secret
