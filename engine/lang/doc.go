// Package lang gives the language its values: scopes, functions, and the decoding of a body by a module's schema.
//
// A Scope says what an expression may refer to; a mark travels with a value (sensitive, from the operator, secret); an
// unknown value flows to what depends on it. The package parses no playbook (playbook does) and contacts nothing.
package lang
