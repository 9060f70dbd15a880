//go:build !race

package sim

const (
	usualSeeds = 200
	bugSeeds   = 300
)
