package journal

import (
	"bufio"
	"hash/crc32"
	"io"
)

// place is a whole record somewhere in a file.
type place struct {
	frame
	at      int64
	payload []byte
}

// find gives the first whole record at an offset or behind it; nil when there is none.
func find(r io.ReaderAt, from, size int64) (*place, error) {
	if p, err := recordAt(r, from, size); p != nil || err != nil {
		return p, err
	}
	buf := bufio.NewReaderSize(io.NewSectionReader(r, from, size-from), 64<<10)
	for at := from; at+frameLen < size; at++ {
		head, err := buf.Peek(frameLen)
		if err != nil {
			return nil, err
		}
		if _, ok := parseFrame(head); ok {
			if p, err := recordAt(r, at, size); p != nil || err != nil {
				return p, err
			}
		}
		_, _ = buf.Discard(1) // was peeked at
	}
	return nil, nil
}

// recordAt gives the whole record that begins at an offset, or nil.
func recordAt(r io.ReaderAt, at, size int64) (*place, error) {
	var head [frameLen]byte
	if at+frameLen >= size {
		return nil, nil
	}
	if _, err := r.ReadAt(head[:], at); err != nil {
		return nil, err
	}
	f, ok := parseFrame(head[:])
	if !ok || int64(f.length) > size-at-frameLen {
		return nil, nil
	}
	payload := make([]byte, f.length)
	if _, err := r.ReadAt(payload, at+frameLen); err != nil {
		return nil, err
	}
	if crc32.Checksum(payload, castagnoli) != f.crc {
		return nil, nil
	}
	return &place{f, at, payload}, nil
}
