//go:build race

package main

// raced says that the race detector watches: its shadow of the memory is too much to search.
const raced = true
