//go:build race

package sim

// usualSeeds are fewer under the race detector, which makes cryptography slow; bugSeeds are how many a planted bug may take.
const (
	usualSeeds = 40
	bugSeeds   = 150
)
