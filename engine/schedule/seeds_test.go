package schedule_test

import (
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
)

// seeds are those that a test runs: MUSTER_SEEDS=N asks for the first N, MUSTER_SEED=N for that one alone.
func seeds(t *testing.T, usual int) []uint64 {
	t.Helper()
	if one := os.Getenv("MUSTER_SEED"); one != "" {
		seed, err := strconv.ParseUint(one, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return []uint64{seed}
	}
	if testing.Short() || underRace {
		usual /= 5
	}
	if many := os.Getenv("MUSTER_SEEDS"); many != "" {
		n, err := strconv.Atoi(many)
		if err != nil {
			t.Fatal(err)
		}
		usual = n
	}
	list := make([]uint64, usual)
	for i := range list {
		list[i] = uint64(i)
	}
	return list
}

// eachSeed runs seeds on all processors, in about their order, until do says that it has seen enough.
func eachSeed(list []uint64, do func(seed uint64) bool) {
	var next, enough atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(list)) && enough.Load() == 0; i = next.Add(1) - 1 {
				if do(list[i]) {
					enough.Store(1)
				}
			}
		})
	}
	workers.Wait()
}
