package journal

import (
	"crypto/sha256"
	"encoding/binary"
	"hash/crc32"
)

// A journal is a header of 16 bytes and then frames, each of 32 bytes and a payload of JSON:
//
//	header   "muster journal", major version, minor version
//	frame     0 u32 length of the payload, little endian as all numbers
//	          4 u32 how many bytes before this frame had not been synced when it was written
//	          8 [16] tag: the first half of the hash chain's value after this frame
//	         24 u32 CRC32C of the payload
//	         28 u32 CRC32C of the 28 bytes before
//
// The chain begins with the SHA-256 of the header; its next value is the SHA-256 of the value before, the first eight
// bytes of the frame, and the payload. Half of a value is stored, for the whole is computed anyway and 128 bits are more
// than accident needs: the chain finds records that were lost, doubled, moved or taken from another file. It has no key, so
// that it proves nothing against somebody who may write the file.
//
// The count of bytes not yet synced is what tells a power cut from damage: a cut can only take what had not been synced. A
// frame that stands behind a broken one and was written after a sync of it proves that the broken one had been whole.
const (
	magic     = "muster journal"
	major     = 1
	minor     = 0
	headerLen = len(magic) + 2
	frameLen  = 32
	tagLen    = 16
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func header() []byte { return append([]byte(magic), major, minor) }

// chain is the value of the hash chain.
type chain [sha256.Size]byte

func chainOf(header []byte) chain { return sha256.Sum256(header) }

func (c chain) next(head, payload []byte) chain {
	h := sha256.New()
	h.Write(c[:])
	h.Write(head[:8])
	h.Write(payload)
	var out chain
	h.Sum(out[:0])
	return out
}

// frame is the fixed part of a record.
type frame struct {
	length   int
	unsynced int64
	tag      [tagLen]byte
	crc      uint32
}

// appendFrame adds a record to what is about to be written.
func appendFrame(to []byte, c *chain, unsynced int64, payload []byte) []byte {
	var head [frameLen]byte
	binary.LittleEndian.PutUint32(head[0:], uint32(len(payload)))
	binary.LittleEndian.PutUint32(head[4:], uint32(unsynced))
	*c = c.next(head[:], payload)
	copy(head[8:], c[:tagLen])
	binary.LittleEndian.PutUint32(head[24:], crc32.Checksum(payload, castagnoli))
	binary.LittleEndian.PutUint32(head[28:], crc32.Checksum(head[:28], castagnoli))
	return append(append(to, head[:]...), payload...)
}

// parseFrame reads the fixed part; false when it is not one.
func parseFrame(head []byte) (frame, bool) {
	f := frame{
		length:   int(binary.LittleEndian.Uint32(head)),
		unsynced: int64(binary.LittleEndian.Uint32(head[4:])),
		crc:      binary.LittleEndian.Uint32(head[24:]),
	}
	copy(f.tag[:], head[8:])
	ok := f.length > 0 && f.length <= maxPayload && crc32.Checksum(head[:28], castagnoli) == binary.LittleEndian.Uint32(head[28:])
	return f, ok
}
