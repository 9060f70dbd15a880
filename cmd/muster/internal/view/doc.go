// Package view draws the events of a run: as plain lines for people and logs, as JSON lines for programs, and a plan as a
// screen on which equal changes are shown once.
//
// The policy of all screens: the answer (plan, recap, outputs, JSON) goes to Out, what happens meanwhile and what went
// wrong to Err. Words and signs carry the meaning and colour only repeats it, so every screen reads the same without it;
// a writer that is no terminal takes the colour out. Nothing that a screen shows grows with the number of hosts, apart
// from the lines that say what happened when. A failed write is not an error: the reader has gone, and a run goes on.
//
// A view decides nothing: which hosts failed and what the run exits with comes with the events.
package view
