package records

import (
	"time"
	"unsafe"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
)

// The bounds of one key.
const (
	maxRecords = 256
	maxTags    = 2*maxRecords + 32
	maxText    = 1 << 20 // of its records, in bytes

	leastRecord = 2 // bytes of {}
)

// kept are the records of one key. Nobody changes them any more.
type kept struct {
	since purge.Position // from when on purges count
	began moment         // when the service was asked, by whichever instance
	terms terms
	// chosen is for those alone who ask as the call did that brought them.
	chosen bool
	tags   []purge.Tag
	list   []jsontext.Value // aliases text
	text   []byte
	one    [1]jsontext.Value // the list of most keys, which then takes no memory of its own
	few    [4]purge.Tag      // the same of the tags
}

// Size is how much memory it takes, in bytes.
func (k *kept) Size() int {
	size := int(unsafe.Sizeof(*k)) + cap(k.text)
	if len(k.list) > len(k.one) {
		size += cap(k.list) * int(unsafe.Sizeof(k.list[0]))
	}
	if len(k.tags) > len(k.few) {
		size += cap(k.tags) * int(unsafe.Sizeof(k.tags[0]))
	}
	return size
}

// cut makes the list of the records that a text is made up of, by how long each is.
func (k *kept) cut(text []byte, lengths []int) {
	k.text = text
	if k.list = k.one[:0]; len(lengths) > len(k.one) {
		k.list = make([]jsontext.Value, 0, len(lengths))
	}
	for _, n := range lengths {
		k.list = append(k.list, jsontext.Value(text[:n:n]))
		text = text[n:]
	}
}

// room is an empty list for so many tags.
func (k *kept) room(tags int) []purge.Tag {
	if tags <= len(k.few) {
		return k.few[:0]
	}
	return make([]purge.Tag, 0, tags)
}

// moment is a time in nanoseconds since 1970, 0 where there is none.
type moment int64

func momentOf(t time.Time) moment {
	if t.IsZero() {
		return 0
	}
	return moment(t.UnixNano())
}

func (m moment) time() time.Time { return time.Unix(0, int64(m)) }

// terms are until when records may be used.
type terms struct{ fresh, stale, onError moment }

// termsOf are those of an answer.
func termsOf(t rules.Terms) terms {
	if t.MustRevalidate { // there is nothing to validate one record by
		return terms{fresh: momentOf(t.Fresh)}
	}
	return terms{fresh: momentOf(t.Fresh), stale: momentOf(t.StaleWhile), onError: momentOf(t.StaleIfError)}
}

// last is when they are of no use any more.
func (t terms) last() moment { return max(t.fresh, t.stale, t.onError) }

// shortened are the terms of what is fresh until a time at most, and of no use afterwards.
func (t terms) shortened(until moment) terms { return terms{fresh: min(t.fresh, until)} }

// use is what records are good for.
type use int

const (
	none    use = iota
	onError     // where the service fails
	stale       // while they are asked for again
	fresh
)

func (t terms) use(now moment) use {
	switch {
	case now < t.fresh:
		return fresh
	case now < t.stale:
		return stale
	case now < t.onError:
		return onError
	default:
		return none
	}
}
