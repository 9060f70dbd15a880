// Package report computes from events what a person wants to know of a run: which hosts change alike, which failures are
// the same failure, and a recap whose size does not grow with the fleet.
//
// A Report is a sink; it keeps one small record per host and shares equal lines between hosts. It prints nothing and
// decides nothing: the classes of hosts and the exit code come from the engine's summary.
package report
