package bwsim

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
)

// block is a range of loopback addresses that one fleet has for itself:
// 127.A.B.0 upwards, 100 hosts to each third byte, so that every host also has
// a service address 100 higher.
type block struct{ a, b byte }

const perSubnet = 100

func (k block) at(i, offset int) netip.Addr {
	return netip.AddrFrom4([4]byte{127, k.a, k.b + byte(i/perSubnet), byte(1 + i%perSubnet + offset)})
}

func (k block) host(i int) netip.Addr    { return k.at(i, 0) }
func (k block) service(i int) netip.Addr { return k.at(i, perSubnet) }

// maxHosts is how many hosts fit above any second byte that claim picks.
const maxHosts = 100 * perSubnet

// claim finds a free block for n hosts and opens their SSH ports: a block whose
// ports can all be bound belongs to nobody else, because every fleet has one
// on its first address.
func claim(port, n int) (block, []net.Listener, error) {
	if n > maxHosts {
		return block{}, nil, fmt.Errorf("%d hosts: a fleet has at most %d", n, maxHosts)
	}
	var last error
	for range 50 {
		k := block{a: byte(1 + rand.IntN(254)), b: byte(1 + rand.IntN(150))}
		listeners, err := k.listen(port, n)
		if err == nil {
			return k, listeners, nil
		}
		last = err
	}
	return block{}, nil, fmt.Errorf("no free block of loopback addresses: %w", last)
}

func (k block) listen(port, n int) ([]net.Listener, error) {
	var listeners []net.Listener
	for i := range n {
		l, err := net.Listen("tcp", netip.AddrPortFrom(k.host(i), uint16(port)).String())
		if err != nil {
			for _, open := range listeners {
				open.Close()
			}
			return nil, err
		}
		listeners = append(listeners, l)
	}
	return listeners, nil
}
