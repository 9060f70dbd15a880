package wire

// pairs is a closed list of words and their numbers on the wire.
type pairs[A, B comparable] []struct {
	word   A
	number B
}

func (p pairs[A, B]) encode(a A) (B, bool) {
	for _, x := range p {
		if x.word == a {
			return x.number, true
		}
	}
	var none B
	return none, false
}

func (p pairs[A, B]) decode(b B) (A, bool) {
	for _, x := range p {
		if x.number == b {
			return x.word, true
		}
	}
	var none A
	return none, false
}
