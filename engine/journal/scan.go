package journal

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// scanner reads the records of a journal in order. What it gives of a file that was cut off is a prefix of what it gives
// of the whole.
type scanner struct {
	r      io.ReaderAt
	size   int64
	buf    *bufio.Reader
	at     int64 // end of the last valid record
	chain  chain
	synced int64 // all before this is proved to have been synced
	torn   bool  // behind at stands the rest of a write that a power cut or a kill interrupted
}

// newScanner reads the header. The minor version is of no interest: records and fields that it added are skipped.
func newScanner(r io.ReaderAt, size int64) (*scanner, error) {
	head := make([]byte, headerLen)
	if n, err := r.ReadAt(head, 0); n < headerLen {
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("read: %w", err)
		}
		return nil, &Damaged{0, "it is shorter than a journal's first line"}
	}
	if string(head[:len(magic)]) != magic {
		return nil, &Damaged{0, "it does not begin as a journal does"}
	}
	s := &scanner{r: r, size: size, at: int64(headerLen), synced: int64(headerLen), chain: chainOf(head)}
	if v := head[headerLen-2]; v != major {
		return nil, &OtherVersion{int(v)}
	}
	s.buf = bufio.NewReaderSize(io.NewSectionReader(r, s.at, size-s.at), 64<<10)
	return s, nil
}

// next gives the payload of the next record; io.EOF at the end of what can be believed.
func (s *scanner) next() ([]byte, error) {
	if s.torn || s.at >= s.size {
		return nil, io.EOF
	}
	rest := s.size - s.at
	var head [frameLen]byte
	if rest < frameLen {
		return nil, s.broken("a record is cut off")
	}
	if _, err := io.ReadFull(s.buf, head[:]); err != nil {
		return nil, s.shorter(err)
	}
	f, ok := parseFrame(head[:])
	switch {
	case !ok:
		return nil, s.broken("what should be a record is none")
	case f.unsynced > s.at-s.synced:
		return nil, &Damaged{s.at, "a record contradicts those before it"}
	case int64(f.length) > rest-frameLen:
		// The fixed part is whole, so that its length is true, and the record really ends behind the end of the file.
		s.torn = true
		return nil, io.EOF
	}
	payload := make([]byte, f.length)
	if _, err := io.ReadFull(s.buf, payload); err != nil {
		return nil, s.shorter(err)
	}
	if crc32.Checksum(payload, castagnoli) != f.crc {
		return nil, s.broken("the checksum of a record is wrong")
	}
	c := s.chain.next(head[:], payload)
	if !bytes.Equal(c[:tagLen], f.tag[:]) {
		return nil, &Damaged{s.at, "a record does not follow from the one before it"}
	}
	s.synced = max(s.synced, s.at-f.unsynced)
	s.chain, s.at = c, s.at+frameLen+int64(f.length)
	return payload, nil
}

// shorter judges an error of reading. A file that ends before its size was cut off meanwhile, by a process that goes on with the
// run and removed what was torn.
func (s *scanner) shorter(err error) error {
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("read: %w", err)
	}
	s.torn = true
	return io.EOF
}

// sector is the least that a disk writes at once.
const sector = 512

// broken judges a place where a record should begin and none does. A power cut leaves sectors that were never written, as
// zeros, and only behind the last sync. Everything else is damage, and not believed to be the end.
func (s *scanner) broken(why string) error {
	until, was, err := s.behind()
	if err != nil {
		return s.shorter(err)
	}
	if torn, err := s.hole(until); err != nil {
		return s.shorter(err)
	} else if was || !torn && s.size-s.at >= frameLen {
		return &Damaged{s.at, why}
	}
	s.torn = true
	return io.EOF
}

// behind looks at the whole records behind a broken place. until is the sector in which the first of them begins, which was
// written, or the end of the file; synced reports whether one of them was written after a sync of the broken place.
func (s *scanner) behind() (until int64, synced bool, err error) {
	until = s.size
	for from := s.at + 1; ; {
		p, err := find(s.r, from, s.size)
		if err != nil || p == nil {
			return until, false, err
		}
		if until == s.size {
			until = p.at - p.at%sector
		}
		if p.at-p.unsynced > s.at {
			return until, true, nil
		}
		from = p.at + frameLen + int64(p.length)
	}
}

// hole reports whether a sector between the broken place and until holds nothing but zeros. Payloads are JSON and hold none.
func (s *scanner) hole(until int64) (bool, error) {
	var buf [sector]byte
	for from := s.at; from < until; {
		to := min(from-from%sector+sector, until)
		b := buf[:to-from]
		if _, err := s.r.ReadAt(b, from); err != nil {
			return false, err
		}
		if len(bytes.Trim(b, "\x00")) == 0 {
			return true, nil
		}
		from = to
	}
	return false, nil
}
