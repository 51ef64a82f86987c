package networks

import (
	"fmt"
	"net/netip"
	"slices"
)

// Ranges are addresses, each known as IPv4 where it is that, and without a zone. They do not change.
type Ranges struct{ apart []netip.Prefix } // in order, and no two of them overlap

// NewRanges reads entries. It fails on what Parse does. Ranges overlap only where one holds the other, and the order puts the
// larger one first.
func NewRanges(texts []string) (Ranges, error) {
	all := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		prefix, err := Parse(text)
		if err != nil {
			return Ranges{}, fmt.Errorf("%q %w", text, err)
		}
		all[i] = prefix
	}
	slices.SortFunc(all, netip.Prefix.Compare)
	apart := all[:0]
	for _, prefix := range all {
		if len(apart) == 0 || !apart[len(apart)-1].Overlaps(prefix) {
			apart = append(apart, prefix)
		}
	}
	return Ranges{apart}, nil
}

// Contain says whether a plain address is in one of them. It looks at the one that can hold it: the last that begins at or before
// it. It allocates nothing.
func (r Ranges) Contain(address netip.Addr) bool {
	after, found := slices.BinarySearchFunc(r.apart, address, func(prefix netip.Prefix, address netip.Addr) int {
		return prefix.Addr().Compare(address)
	})
	return found || after > 0 && r.apart[after-1].Contains(address)
}

// Empty says whether there are none.
func (r Ranges) Empty() bool { return len(r.apart) == 0 }

// Plain is an address in the one form that is compared and shown: IPv4 within IPv6 is IPv4, and a zone says nothing.
func Plain(address netip.Addr) netip.Addr { return address.Unmap().WithZone("") }
