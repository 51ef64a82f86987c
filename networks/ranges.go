package networks

import (
	"fmt"
	"net/netip"
	"slices"
)

// ranges are in order, and no two of them overlap.
type ranges []netip.Prefix

// newRanges reads entries. Ranges overlap only where one holds the other, and the order puts the larger one first.
func newRanges(texts []string) (ranges, error) {
	all := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		prefix, err := parse(text)
		if err != nil {
			return nil, fmt.Errorf("%q %w", text, err)
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
	return ranges(apart), nil
}

// contain looks at the one range that can hold address: the last that begins at or before it.
func (r ranges) contain(address netip.Addr) bool {
	after, found := slices.BinarySearchFunc(r, address, func(prefix netip.Prefix, address netip.Addr) int {
		return prefix.Addr().Compare(address)
	})
	return found || after > 0 && r[after-1].Contains(address)
}
