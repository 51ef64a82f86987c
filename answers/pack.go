package answers

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/concierge-gateway/concierge/answers/keeping"
	"github.com/concierge-gateway/concierge/purge"
)

// packing is the form in which answers lie outside of the process. Another form has another number.
const packing = 1

// fixed is what a packed answer takes beside its tags and its body: numbers of eight bytes each, and the packing.
const (
	fixed    = 1 + 6*8
	mostTags = 4096
)

// pack is an answer as bytes. Only the place in the order of purges that all instances share means something elsewhere.
func (k *kept) pack() []byte {
	to := make([]byte, 0, fixed+8*len(k.tags)+len(k.body))
	to = append(to, packing)
	for _, n := range [...]int64{k.at.UnixNano(), k.fresh.UnixNano(), k.stale.UnixNano(), k.cost} {
		to = binary.BigEndian.AppendUint64(to, uint64(n)) //nolint:gosec // and back again
	}
	to = binary.BigEndian.AppendUint64(to, k.since.Shared)
	to = binary.BigEndian.AppendUint64(to, uint64(len(k.tags)))
	for _, each := range k.tags {
		to = binary.BigEndian.AppendUint64(to, uint64(each))
	}
	return append(to, k.body...)
}

// unpack reads a packed answer. It is not ok for anything else.
func unpack(text []byte) (k *kept, ok bool) {
	if len(text) < fixed || text[0] != packing {
		return nil, false
	}
	next := func() uint64 {
		n := binary.BigEndian.Uint64(text)
		text = text[8:]
		return n
	}
	text = text[1:]
	at, fresh, stale := moment(next()), moment(next()), moment(next())
	k = &kept{at: at, fresh: fresh, stale: stale, cost: int64(next())} //nolint:gosec // as it was packed
	k.since.Shared = next()
	tags := next()
	if tags > mostTags || uint64(len(text)) < 8*tags {
		return nil, false
	}
	k.tags = make([]purge.Tag, tags)
	for i := range k.tags {
		k.tags[i] = purge.Tag(next())
	}
	if len(text) < len(before)+len(after) || string(text[:len(before)]) != before || text[len(text)-1] != after[0] {
		return nil, false
	}
	k.body = slices.Clone(text)
	k.data = dataOf(k.body)
	k.tag = keeping.TagOf(k.data)
	return k, !at.After(fresh) && !fresh.After(stale)
}

func moment(nanoseconds uint64) time.Time {
	return time.Unix(0, int64(nanoseconds)) //nolint:gosec // as it was packed
}
