package wire

import (
	"encoding/binary"
	"errors"
)

// maxDepth bounds how deep a value may nest. HCL's own guard stands at the same figure.
const maxDepth = 100

var (
	errTruncated = errors.New("MessagePack ends too early or names a length it does not have")
	errTrailing  = errors.New("MessagePack is followed by something else")
	errCode      = errors.New("MessagePack has an invalid code")
	errDepth     = errors.New("value nests too deep")
)

// wellFormed reads over one MessagePack value without building anything, so that the decoder behind it, which reserves
// memory for lengths as they are named, only meets lengths that are there. With dynamic, strings that can be read as the
// type of a dynamic value are checked for nesting too.
func wellFormed(b []byte, dynamic bool) error {
	left := []int{1} // values still to come, per open container
	for len(left) > 0 {
		top := len(left) - 1
		if left[top] == 0 {
			left = left[:top]
			continue
		}
		left[top]--
		it, err := nextItem(b)
		if err != nil {
			return err
		}
		if it.payload > 0 && it.text && (dynamic || it.binary) && nests(b[it.head:it.head+it.payload]) {
			return errDepth
		}
		b = b[it.head+it.payload:]
		if it.children > len(b) {
			return errTruncated
		}
		if it.children > 0 {
			if len(left) >= maxDepth {
				return errDepth
			}
			left = append(left, it.children)
		}
	}
	if len(b) > 0 {
		return errTrailing
	}
	return nil
}

type item struct {
	head, payload int  // bytes of code and length; bytes of content
	children      int  // values inside
	text, binary  bool // payload is a string, or bytes
}

// sized says for the codes from 0xc4 to 0xdf how long their length field is and what else follows: kind 'b' bytes, 's'
// string, 'x' extension, 'a' array, 'm' map, and 'n' a scalar or fixed extension of that many bytes.
var sized = [...]struct {
	kind byte
	n    int
}{
	{'b', 1}, {'b', 2}, {'b', 4}, {'x', 1}, {'x', 2}, {'x', 4}, {'n', 4}, {'n', 8},
	{'n', 1}, {'n', 2}, {'n', 4}, {'n', 8}, {'n', 1}, {'n', 2}, {'n', 4}, {'n', 8},
	{'n', 2}, {'n', 3}, {'n', 5}, {'n', 9}, {'n', 17}, {'s', 1}, {'s', 2}, {'s', 4},
	{'a', 2}, {'a', 4}, {'m', 2}, {'m', 4},
}

func nextItem(b []byte) (item, error) {
	if len(b) == 0 {
		return item{}, errTruncated
	}
	it := item{head: 1}
	switch c := b[0]; {
	case c <= 0x7f || c >= 0xe0 || c == 0xc0 || c == 0xc2 || c == 0xc3:
	case c <= 0x8f:
		it.children = 2 * int(c&0x0f)
	case c <= 0x9f:
		it.children = int(c & 0x0f)
	case c <= 0xbf:
		it.payload, it.text = int(c&0x1f), true
	case c == 0xc1:
		return item{}, errCode
	default:
		return sizedItem(b)
	}
	if it.payload > len(b)-it.head {
		return item{}, errTruncated
	}
	return it, nil
}

func sizedItem(b []byte) (item, error) {
	if int(b[0]-0xc4) >= len(sized) {
		return item{}, errCode
	}
	s := sized[b[0]-0xc4]
	it := item{head: 1}
	if s.kind == 'n' {
		it.payload = s.n
	} else {
		n, ok := length(b[1:], s.n)
		if !ok {
			return item{}, errTruncated
		}
		it.head += s.n
		switch s.kind {
		case 'a':
			it.children = n
		case 'm':
			it.children = 2 * n
		case 'x':
			it.payload = n + 1
		default:
			it.payload, it.text, it.binary = n, true, s.kind == 'b'
		}
	}
	if it.payload > len(b)-it.head {
		return item{}, errTruncated
	}
	return it, nil
}

func length(b []byte, n int) (int, bool) {
	if len(b) < n {
		return 0, false
	}
	switch n {
	case 1:
		return int(b[0]), true
	case 2:
		return int(binary.BigEndian.Uint16(b)), true
	default:
		return int(binary.BigEndian.Uint32(b)), true
	}
}

// nests reports whether JSON text opens more brackets than a type can need. It reads brackets in strings too; a type has
// none there.
func nests(text []byte) bool {
	if text[0] != '[' {
		return false
	}
	depth := 0
	for _, c := range text {
		switch c {
		case '[', '{':
			if depth++; depth > 2*maxDepth {
				return true
			}
		case ']', '}':
			depth--
		}
	}
	return false
}
