// Package sdk is what the author of a muster module imports.
//
// A Module is what a task calls; a plugin is the binary that serves modules (see package serve). A module says what it
// takes and what it is in a Description, reads its host in Check, changes it in Apply, and drives the host only through
// the Conn it is handed: it never sees an SSH credential, and it reaches no host but the one its node runs on.
//
// Secrets come as a Handle, which shows size and digest and can be placed in a file or typed at a prompt, but not read.
//
// The same interfaces stand on both sides of the wire: the engine calls a sdk.Module that may be a plain struct in a test
// or a proxy to another process, and cannot tell which. The package starts no process and knows no transport.
package sdk
