package cache

import (
	"net/http"
	"slices"
	"time"
	"unsafe"

	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
)

// mostVariants is how many answers to one URI are kept that differ by what Vary names.
const mostVariants = 16

// variant is one answer as it is kept. Nobody changes it any more.
type variant struct {
	answer rules.Answer
	body   []byte
	// stripped says that the body is not the service's own any more: its strong validator is then none for the client.
	stripped bool
	dated    time.Time // when the service made it
	until    time.Time // when it is of no use any more
	since    purge.Position
	tags     []purge.Tag
	// grouped says that the tags are all that it should carry. It is not kept otherwise.
	grouped bool
	// made is what was made of the answer for clients.
	made []made
}

// entry is all that is kept of one URI, for those for whom answers are the same. The newest variant comes first. Nobody
// changes it any more.
type entry struct{ variants []*variant }

// Size is how much memory it takes, in bytes.
func (e *entry) Size() int {
	size := int(unsafe.Sizeof(*e)) + cap(e.variants)*int(unsafe.Sizeof(e.variants[0]))
	for _, each := range e.variants {
		size += each.size()
	}
	return size
}

// The sizes of what a header is made of, in bytes. A map takes a little more than what lies in it.
const (
	textBytes  = int(unsafe.Sizeof(""))
	listBytes  = int(unsafe.Sizeof([]string(nil)))
	fieldBytes = (textBytes + listBytes + 1) * 8 / 7
)

func (v *variant) size() int {
	size := int(unsafe.Sizeof(*v)) + cap(v.body) + cap(v.tags)*int(unsafe.Sizeof(purge.Tag(0)))
	for name, values := range v.answer.Header {
		size += fieldBytes + len(name) + textsSize(values)
	}
	for _, each := range v.answer.Varied {
		size += int(unsafe.Sizeof(each)) + len(each.Name) + textsSize(each.Values)
	}
	for _, each := range v.made {
		size += int(unsafe.Sizeof(each)) + each.what.Size()
	}
	return size + parsedBytes
}

// parsedBytes is what the rules remember of a header.
const parsedBytes = 320

func textsSize(texts []string) int {
	size := cap(texts) * textBytes
	for _, each := range texts {
		size += len(each)
	}
	return size
}

// selects reports whether the answer was chosen by what a request says as well.
func (v *variant) selects(req *http.Request) bool { return rules.Selects(v.answer.Varied, req) }

// find is the newest answer that was chosen by what a request says, nil if there is none.
func (e *entry) find(req *http.Request) *variant {
	for _, each := range e.variants {
		if each.selects(req) {
			return each
		}
	}
	return nil
}

// is reports whether two are one answer, whatever has been made of it.
func (v *variant) is(other *variant) bool { return v == other || v.answer.Same(other.answer) }

// with is the entry with one more answer, which takes the place of that which was chosen by the same. It is e itself where that
// is newer. Answers that are of no use any more are left out, and those that came first where there are too many. E may be nil.
func (e *entry) with(v *variant, now time.Time, holds func(*variant) bool) *entry {
	variants := append(make([]*variant, 0, 2), v)
	for _, each := range e.all() {
		same := sameVaried(each.answer.Varied, v.answer.Varied)
		if same && each.answer.Asked.After(v.answer.Asked) && holds(each) {
			return e
		}
		if !same && len(variants) < mostVariants && each.until.After(now) && holds(each) {
			variants = append(variants, each)
		}
	}
	slices.SortStableFunc(variants, func(a, b *variant) int { return b.dated.Compare(a.dated) })
	return &entry{variants: variants}
}

// without is the entry without one answer. E and v may be nil.
func (e *entry) without(v *variant) *entry {
	if v == nil || !slices.ContainsFunc(e.all(), v.is) {
		return e
	}
	return &entry{variants: slices.DeleteFunc(slices.Clone(e.all()), v.is)}
}

func (e *entry) all() []*variant {
	if e == nil {
		return nil
	}
	return e.variants
}

// until is when nothing of the entry is of use any more.
func (e *entry) until() time.Time {
	var last time.Time
	for _, each := range e.all() {
		if each.until.After(last) {
			last = each.until
		}
	}
	return last
}

func sameVaried(a, b []rules.Varied) bool {
	return slices.EqualFunc(a, b, func(a, b rules.Varied) bool {
		return a.Name == b.Name && slices.Equal(a.Values, b.Values)
	})
}
