package cache

import (
	"encoding/binary"
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/stored/unpack"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
)

// version is the first byte of what is kept for other instances, and changes with what follows on it.
const version = 1

// The bounds of what is read, beside those that its length sets.
const (
	mostTags   = 4096
	mostFields = 512
	mostValues = 512
)

// shelved is an answer as other instances find it.
type shelved struct {
	status      int
	since       purge.Position // the shared one alone
	asked, came time.Time
	stripped    bool
	tags        []purge.Tag
	varied      []rules.Varied
	header      http.Header
	body        []byte
}

// encode writes answers for other instances. What is known of purges is told by the order that all instances share.
func encode(variants []*variant) []byte {
	size := 16
	for _, each := range variants {
		size += each.size()
	}
	text := append(make([]byte, 0, size), version)
	text = binary.AppendUvarint(text, uint64(len(variants)))
	for _, each := range variants {
		text = each.append(text)
	}
	return text
}

func (v *variant) append(text []byte) []byte {
	stripped := uint64(0)
	if v.stripped {
		stripped = 1
	}
	for _, each := range [...]uint64{
		uint64(v.answer.Status), stripped, v.since.Shared, //nolint:gosec // a status is positive
		uint64(v.answer.Asked.UnixNano()), uint64(v.answer.Came.UnixNano()), uint64(len(v.tags)), //nolint:gosec // so are times
	} {
		text = binary.AppendUvarint(text, each)
	}
	for _, each := range v.tags {
		text = binary.LittleEndian.AppendUint64(text, uint64(each))
	}
	text = binary.AppendUvarint(text, uint64(len(v.answer.Varied)))
	for _, each := range v.answer.Varied {
		text = appendTexts(appendText(text, each.Name), each.Values)
	}
	text = binary.AppendUvarint(text, uint64(len(v.answer.Header)))
	for _, name := range slices.Sorted(maps.Keys(v.answer.Header)) {
		text = appendTexts(appendText(text, name), v.answer.Header[name])
	}
	return append(binary.AppendUvarint(text, uint64(len(v.body))), v.body...)
}

func appendText(to []byte, text string) []byte {
	return append(binary.AppendUvarint(to, uint64(len(text))), text...)
}

func appendTexts(to []byte, texts []string) []byte {
	to = binary.AppendUvarint(to, uint64(len(texts)))
	for _, each := range texts {
		to = appendText(to, each)
	}
	return to
}

var errUnreadable = errors.New("it is none of this version")

// decode reads what encode wrote. Any other text is an error, and takes no more memory than a small multiple of its length.
func decode(text []byte) ([]*shelved, error) {
	r := &reader{unpack.New(text)}
	if r.Byte() != version {
		return nil, errUnreadable
	}
	read := make([]*shelved, r.Count(mostVariants, 8))
	for i := range read {
		read[i] = r.shelved()
	}
	if r.Failed() || len(r.Rest()) > 0 {
		return nil, errUnreadable
	}
	return read, nil
}

// reader takes what answers are made of.
type reader struct{ unpack.Reader }

func (r *reader) shelved() *shelved {
	s := &shelved{status: r.Count(999, 0), stripped: r.Count(1, 0) == 1, since: purge.Position{Shared: r.Uvarint()}}
	s.asked, s.came = r.time(), r.time()
	s.tags = make([]purge.Tag, r.Count(mostTags, 8))
	for i := range s.tags {
		s.tags[i] = purge.Tag(r.Uint64())
	}
	s.varied = make([]rules.Varied, r.Count(mostFields, 2))
	for i := range s.varied {
		s.varied[i] = rules.Varied{Name: r.text(), Values: r.texts()}
	}
	fields := r.Count(mostFields, 2)
	s.header = make(http.Header, fields)
	for range fields {
		name := r.text()
		s.header[name] = r.texts()
	}
	s.body = slices.Clone(r.Take(r.length())) // without what stood before it
	if s.status < http.StatusOK {
		r.Fail()
	}
	return s
}

func (r *reader) time() time.Time { return time.Unix(0, int64(r.Uvarint())) } //nolint:gosec // any time is one

// length reads how many bytes follow: no more than there are.
func (r *reader) length() int { return r.Count(len(r.Rest()), 1) }

func (r *reader) text() string { return string(r.Take(r.length())) }

func (r *reader) texts() []string {
	n := r.Count(mostValues, 1)
	if n == 0 {
		return nil
	}
	texts := make([]string, n)
	for i := range texts {
		texts[i] = r.text()
	}
	return texts
}
