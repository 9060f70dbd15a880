package schedule

import (
	"cmp"
	"time"
)

// fifo is a queue of indexes.
type fifo struct {
	items []int32
	head  int
}

func (f *fifo) len() int     { return len(f.items) - f.head }
func (f *fifo) first() int32 { return f.items[f.head] }

func (f *fifo) push(i int32) {
	if f.head > 0 && f.head == len(f.items) {
		f.items, f.head = f.items[:0], 0
	}
	if f.head > 1024 && f.head > len(f.items)/2 {
		f.items = f.items[:copy(f.items, f.items[f.head:])]
		f.head = 0
	}
	f.items = append(f.items, i)
}

func (f *fifo) pop() int32 {
	i := f.items[f.head]
	f.head++
	return i
}

// timer is the retry or next question of a node, or as ^i the soak's end of a rollout and, behind those, the deadline of a
// group. One that its owner no longer waits for counts for nothing.
type timer struct {
	at  time.Duration
	who int32
}

func sooner(a, b timer) bool {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.who, b.who)) < 0
}

func smaller(a, b int32) bool { return a < b }

// push and pop keep a slice as a heap, least first.
func push[T any](heap []T, x T, less func(a, b T) bool) []T {
	heap = append(heap, x)
	for i := len(heap) - 1; i > 0; {
		parent := (i - 1) / 2
		if !less(heap[i], heap[parent]) {
			break
		}
		heap[i], heap[parent] = heap[parent], heap[i]
		i = parent
	}
	return heap
}

func pop[T any](heap []T, less func(a, b T) bool) (T, []T) {
	top := heap[0]
	return top, remove(heap, 0, less)
}

// remove takes out what stands at i.
func remove[T any](heap []T, i int, less func(a, b T) bool) []T {
	last := len(heap) - 1
	x := heap[last]
	heap = heap[:last]
	if i == last {
		return heap
	}
	for i > 0 && less(x, heap[(i-1)/2]) {
		heap[i] = heap[(i-1)/2]
		i = (i - 1) / 2
	}
	heap[i] = x
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < last; child++ {
			if less(heap[child], heap[least]) {
				least = child
			}
		}
		if least == i {
			return heap
		}
		heap[i], heap[least] = heap[least], heap[i]
		i = least
	}
}
