package records

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/stored/unpack"
)

// version is the first byte of every text, and changes with what follows on it.
const version = 3

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
	text = binary.AppendUvarint(text, uint64(len(k.tags)))
	for _, each := range k.tags {
		text = binary.LittleEndian.AppendUint64(text, uint64(each))
	}
	text = binary.AppendUvarint(text, uint64(len(k.list)))
	for _, each := range k.list {
		text = binary.AppendUvarint(text, uint64(len(each)))
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
	r := unpack.New(text)
	if r.Byte() != version {
		return nil, errText
	}
	k := &kept{chosen: r.Byte() != 0}
	k.since.Shared = r.Uvarint()
	for _, each := range [...]*moment{&k.began, &k.terms.fresh, &k.terms.stale, &k.terms.onError} {
		*each = moment(r.Varint())
	}
	tags := r.Count(maxTags, 8)
	k.tags = k.room(tags)
	for range tags {
		k.tags = append(k.tags, purge.Tag(r.Uint64()))
	}
	lengths := make([]int, r.Count(maxRecords, leastRecord))
	whole := 0
	for i := range lengths {
		lengths[i] = r.Count(maxText, 1)
		if whole += lengths[i]; lengths[i] < leastRecord {
			return nil, errText
		}
	}
	if r.Failed() || whole != len(r.Rest()) || whole > maxText {
		return nil, errText
	}
	k.cut(slices.Clone(r.Rest()), lengths) // without what stood before it
	return k, nil
}
