//go:build !race

package oddserver

const raced = false
