//go:build race

package journal

// thin is how many cases of an exhaustive test share one run: the race detector makes each ten times as slow, and finds
// nothing more in what one goroutine does.
const thin = 8
