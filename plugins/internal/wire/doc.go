// Package wire turns the sdk's types into messages of the plugin protocol and back, for both ends of it.
//
// A Shape holds the types of one module's values, so that they are computed once. Decoding trusts nothing: what comes in
// may have been made by anybody, so sizes, nesting and types are checked, and a message that is wrong is an error, never a
// panic. Encoding keeps what the sdk promises: unknown values, sensitive marks, and errors that errors.Is and errors.As
// still recognise.
//
// The package knows no transport and holds no state.
package wire
