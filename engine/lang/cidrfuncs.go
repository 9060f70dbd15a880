package lang

import (
	"math/big"
	"net/netip"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/gocty"
)

const cidrAdvice = `Write for example cidrhost("10.8.0.0/16", 5).`

var prefixParam = function.Parameter{Name: "prefix", Type: cty.String}

// cidrHostFunc is cidrhost(PREFIX, N): the N-th address of a network; a negative N counts from its end.
var cidrHostFunc = function.New(&function.Spec{
	Description: "the n-th address of a network",
	Params:      []function.Parameter{prefixParam, {Name: "n", Type: cty.Number}},
	Type:        function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		p, err := parsePrefix(args[0])
		if err != nil {
			return cty.NilVal, err
		}
		n, acc := args[1].AsBigFloat().Int(nil)
		size := new(big.Int).Lsh(big.NewInt(1), uint(p.Addr().BitLen()-p.Bits()))
		if n.Sign() < 0 {
			n.Add(n, size)
		}
		if acc != big.Exact || n.Sign() < 0 || n.Cmp(size) >= 0 {
			return cty.NilVal, callError(cidrAdvice, "the network has no such address", "%s holds %s addresses.", p, size)
		}
		return cty.StringVal(plus(p.Addr(), n).String()), nil
	},
})

// cidrNetmaskFunc is cidrnetmask(PREFIX), which only IPv4 has.
var cidrNetmaskFunc = function.New(&function.Spec{
	Description: "the netmask of an IPv4 network",
	Params:      []function.Parameter{prefixParam},
	Type:        function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		p, err := parsePrefix(args[0])
		if err != nil {
			return cty.NilVal, err
		}
		if !p.Addr().Is4() {
			return cty.NilVal, callError(cidrAdvice, "only IPv4 has netmasks", "%s is IPv6.", p)
		}
		mask := netip.PrefixFrom(netip.AddrFrom4([4]byte{255, 255, 255, 255}), p.Bits()).Masked()
		return cty.StringVal(mask.Addr().String()), nil
	},
})

// cidrSubnetFunc is cidrsubnet(PREFIX, NEWBITS, NETNUM).
var cidrSubnetFunc = function.New(&function.Spec{
	Description: "the n-th network inside a network",
	Params:      []function.Parameter{prefixParam, {Name: "newbits", Type: cty.Number}, {Name: "netnum", Type: cty.Number}},
	Type:        function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		p, err := parsePrefix(args[0])
		if err != nil {
			return cty.NilVal, err
		}
		bits, err := newBits(p, args[1])
		if err != nil {
			return cty.NilVal, err
		}
		n, acc := args[2].AsBigFloat().Int(nil)
		if acc != big.Exact || n.Sign() < 0 || n.BitLen() > bits-p.Bits() {
			return cty.NilVal, callError(cidrAdvice, "the network has no such subnet", "%s has subnets 0 to %d of that size.", p, new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), uint(bits-p.Bits())), big.NewInt(1)))
		}
		at := plus(p.Addr(), n.Lsh(n, uint(p.Addr().BitLen()-bits)))
		return cty.StringVal(netip.PrefixFrom(at, bits).String()), nil
	},
})

// cidrSubnetsFunc is cidrsubnets(PREFIX, NEWBITS...): networks one after another.
var cidrSubnetsFunc = function.New(&function.Spec{
	Description: "networks of given sizes, one after another, inside a network",
	Params:      []function.Parameter{prefixParam},
	VarParam:    &function.Parameter{Name: "newbits", Type: cty.Number},
	Type:        function.StaticReturnType(cty.List(cty.String)),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		p, err := parsePrefix(args[0])
		if err != nil {
			return cty.NilVal, err
		}
		var out []cty.Value
		next := p.Addr()
		for _, a := range args[1:] {
			bits, err := newBits(p, a)
			if err != nil {
				return cty.NilVal, err
			}
			size := new(big.Int).Lsh(big.NewInt(1), uint(p.Addr().BitLen()-bits))
			net := netip.PrefixFrom(next, bits)
			if aligned := net.Masked().Addr(); aligned != next {
				net = netip.PrefixFrom(plus(aligned, size), bits)
			}
			if !net.Addr().IsValid() || !p.Contains(net.Addr()) {
				return cty.NilVal, callError(cidrAdvice, "the subnets do not fit into the network", "%s is used up.", p)
			}
			out = append(out, cty.StringVal(net.String()))
			next = plus(net.Addr(), size)
		}
		if len(out) == 0 {
			return cty.ListValEmpty(cty.String), nil
		}
		return cty.ListVal(out), nil
	},
})

func parsePrefix(v cty.Value) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(v.AsString())
	if err != nil {
		return p, callError(cidrAdvice, "not a network", "%q is no network in CIDR notation.", v.AsString())
	}
	return p.Masked(), nil
}

// newBits is the length of the prefix that is longer by v.
func newBits(p netip.Prefix, v cty.Value) (int, error) {
	var n int
	if err := gocty.FromCtyValue(v, &n); err != nil || n < 0 || p.Bits()+n > p.Addr().BitLen() {
		return 0, callError(cidrAdvice, "the prefix cannot be extended so far", "%s can be extended by 0 to %d bits.", p, p.Addr().BitLen()-p.Bits())
	}
	return p.Bits() + n, nil
}

// plus adds to an address; past the end of all addresses it is the zero Addr.
func plus(a netip.Addr, n *big.Int) netip.Addr {
	sum := new(big.Int).Add(new(big.Int).SetBytes(a.AsSlice()), n)
	if sum.BitLen() > a.BitLen() {
		return netip.Addr{}
	}
	out, _ := netip.AddrFromSlice(sum.FillBytes(make([]byte, a.BitLen()/8)))
	return out
}
