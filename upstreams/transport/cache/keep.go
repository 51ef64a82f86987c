package cache

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
)

// confirmable is for how long an answer is kept beyond its time by which the service can be asked whether it is still good.
const confirmable = time.Hour

// lately is how long an answer must be of use to be kept for other instances.
const lately = time.Second

// datedOf is when a service made an answer.
func datedOf(a rules.Answer) time.Time {
	if at, err := http.ParseTime(a.Header.Get("Date")); err == nil {
		return at
	}
	return a.Came
}

// keepRaw keeps an answer without what nobody may see, if it is short enough.
func (q *question) keepRaw(raw *variant) bool {
	if len(raw.body) > q.shared.MaxEntry {
		return false
	}
	v := *raw
	v.tags, v.grouped = q.tagsOf(v.answer.Header)
	return v.grouped && q.strip(&v) && q.keep(&v, nil)
}

// strip takes out of an answer what nobody may see. It is not ok where the answer cannot be kept, as where it is compressed JSON:
// nobody looks into that.
func (q *question) strip(v *variant) (ok bool) {
	if q.shared.Strip == nil || len(v.body) == 0 {
		v.body = slices.Clip(v.body)
		return true
	}
	if has(v.answer.Header, "Content-Encoding") && isJSON(v.answer.Header) {
		return false
	}
	text, ok := q.shared.Strip(q.service, v.body)
	if !ok {
		return false
	}
	if bytes.Equal(text, v.body) {
		return true
	}
	v.body, v.stripped = slices.Clip(text), true
	v.answer = rules.NewAnswer(v.answer.Status, withoutSums(v.answer.Header), v.answer.Asked, v.answer.Came, v.answer.Varied, q.s)
	return true
}

// withoutSums is a header that says nothing of how long a body is, nor what its sum is.
func withoutSums(header http.Header) http.Header {
	kept := header.Clone()
	for _, each := range [...]string{"Content-Length", "Content-Md5", "Digest", "Content-Digest", "Repr-Digest", "Accept-Ranges"} {
		delete(kept, each)
	}
	return kept
}

// keep puts an answer where it is found, in the place of another one where there is one, unless what it is made of was purged
// while it came.
func (q *question) keep(v, instead *variant) bool {
	if !q.keeps {
		return false
	}
	now := time.Now()
	terms := rules.TermsOf(v.answer, q.s)
	v.until = untilOf(v.answer, terms, now)
	if !v.grouped || !v.until.After(now) || !q.holds(v) {
		return false
	}
	e := q.put(func(e *entry) *entry { return e.without(instead).with(v, now, q.holds) })
	if terms.Last().Sub(now) > lately {
		q.publish(e, now)
	}
	return true
}

// untilOf is when an answer is of no use any more.
func untilOf(a rules.Answer, t rules.Terms, now time.Time) time.Time {
	if !hasValidator(a.Header) {
		return t.Last()
	}
	return latest(t.Last(), latest(t.Fresh, now).Add(confirmable))
}

// forget drops an answer.
func (q *question) forget(v *variant) {
	if q.keeps {
		q.put(func(e *entry) *entry { return e.without(v) })
	}
}

// put makes a change to what is kept under the key.
func (q *question) put(change func(*entry) *entry) *entry {
	q.changing.Lock()
	defer q.changing.Unlock()
	var before *entry
	if value, ok := q.shared.Memory.Get(q.key); ok {
		before, _ = value.(*entry)
	}
	after := change(before)
	switch {
	case len(after.all()) == 0:
		q.shared.Memory.Delete(q.key)
	case after != before:
		q.shared.Memory.Set(q.key, after, after.until())
	}
	return after
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// weak is a validator that does not promise the same bytes.
func weak(tag string) string {
	if tag == "" || strings.HasPrefix(tag, "W/") {
		return tag
	}
	return "W/" + tag
}
