// Package journal is the durable record of a run: what was meant to be done to which host, what was sent, how it ended.
//
// Its nouns: a [Record] is one fact; a [Writer] appends records and says when they are durable; a [Store] is the directory
// of all runs of a user; a [State] is what a journal says up to its last valid record, and what a resume goes by. A journal
// is one append-only file. Its form is in frame.go, and why it has that form in docs/adr/0007-journal.md.
//
// It is no database and no log of secrets: a record holds keyed digests of what is secret, never the thing. It decides
// nothing: who writes which record, and what follows from a state, is the executor's affair.
package journal
