package records

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/concierge-gateway/concierge/purge"
)

// version is the first byte of every text, and changes with what follows on it.
const version = 2

// nothing is a text that stands in the place of one that must not be read any more.
func nothing() []byte { return []byte{0} }

// encode writes records for the second level. What is known of purges is told by the order that all instances share.
func (k *kept) encode() []byte {
	text := make([]byte, 0, 2+7*binary.MaxVarintLen64+8*len(k.tags)+binary.MaxVarintLen32*len(k.list)+len(k.text))
	text = append(text, version, flag(k.chosen))
	text = binary.AppendUvarint(text, k.since.Shared)
	for _, each := range [...]moment{k.began, k.terms.fresh, k.terms.stale, k.terms.onError} {
		text = binary.AppendVarint(text, int64(each))
	}
	text = binary.AppendVarint(text, int64(len(k.tags)))
	for _, each := range k.tags {
		text = binary.LittleEndian.AppendUint64(text, uint64(each))
	}
	text = binary.AppendVarint(text, int64(len(k.list)))
	for _, each := range k.list {
		text = binary.AppendVarint(text, int64(len(each)))
	}
	return append(text, k.text...)
}

func flag(set bool) byte {
	if set {
		return 1
	}
	return 0
}

var errText = errors.New("the text is none of this version")

// decode reads what encode wrote. Any other text is an error, and takes no more memory than it has itself.
func decode(text []byte) (*kept, error) {
	r := reader{rest: text}
	if r.byte() != version {
		return nil, errText
	}
	k := &kept{chosen: r.byte() != 0}
	k.since.Shared = number(&r, binary.Uvarint)
	for _, each := range [...]*moment{&k.began, &k.terms.fresh, &k.terms.stale, &k.terms.onError} {
		*each = moment(number(&r, binary.Varint))
	}
	tags := r.count(maxTags, 8)
	k.tags = k.room(tags)
	for range tags {
		k.tags = append(k.tags, purge.Tag(r.uint64()))
	}
	lengths := make([]int, r.count(maxRecords, leastRecord))
	whole := 0
	for i := range lengths {
		lengths[i] = r.count(maxText, 1)
		whole += lengths[i]
		r.failed = r.failed || lengths[i] < leastRecord
	}
	if r.failed || whole != len(r.rest) || whole > maxText {
		return nil, errText
	}
	k.cut(slices.Clone(r.rest), lengths) // without what stood before it
	return k, nil
}

// reader takes numbers off a text. What is not there is 0, and the reader has failed.
type reader struct {
	rest   []byte
	failed bool
}

func (r *reader) take(n int) []byte {
	if n > len(r.rest) {
		r.failed, r.rest = true, nil
		return nil
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *reader) byte() byte {
	if taken := r.take(1); taken != nil {
		return taken[0]
	}
	return 0
}

func (r *reader) uint64() uint64 {
	if taken := r.take(8); taken != nil {
		return binary.LittleEndian.Uint64(taken)
	}
	return 0
}

// number reads a number of variable length.
func number[N int64 | uint64](r *reader, read func([]byte) (N, int)) N {
	value, n := read(r.rest)
	if n <= 0 {
		r.failed, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[n:]
	return value
}

// count reads how many follow that take so many bytes each, at least. No more than most may, and no more than there is.
func (r *reader) count(most, bytes int) int {
	n := int(number(r, binary.Varint))
	if n < 0 || n > most || n*bytes > len(r.rest) {
		r.failed, r.rest = true, nil
		return 0
	}
	return n
}
