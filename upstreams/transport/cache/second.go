package cache

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
	"github.com/concierge-gateway/concierge/upstreams/transport/route"
)

// elsewhere looks for what another instance has kept. It is nil where the service has to be asked, maybe whether what was found
// is still good.
func (q *question) elsewhere(ctx context.Context) *arrival {
	if second := q.shared.Second; second == nil || !second.Reachable() || !q.silent.worth(q.req) {
		return nil
	}
	now, position := time.Now(), q.shared.Purges.Now()
	data := q.shared.Second.Get(ctx, q.key)
	if len(data) != 1 || data[0] == nil {
		return nil
	}
	read, err := decode(data[0])
	if err != nil {
		return nil
	}
	e := q.put(func(e *entry) *entry {
		for _, each := range read {
			if v := q.adopted(each, position, now); v != nil {
				e = e.with(v, now, q.holds)
			}
		}
		return e
	})
	if e == nil {
		return nil
	}
	q.e = e
	q.take(e.find(q.req))
	switch q.use(time.Now()) {
	case rules.Fresh:
		return &arrival{v: q.v, how: found}
	case rules.StaleWhileRevalidating:
		return &arrival{v: q.v, how: outdated}
	default:
		return nil
	}
}

// skew is how far the clocks of two instances may differ.
const skew = 10 * time.Second

// adopted is an answer that another instance has kept, nil where it may not be used, as where only the settings of that instance
// let everybody have a cookie. That it was not purged until now is known
// by the order that all instances share, and from now on by this one's.
func (q *question) adopted(s *shelved, position purge.Position, now time.Time) *variant {
	if s.came.Sub(now) > skew || s.asked.After(s.came) || setsCookie(s.header, q.s) ||
		!q.shared.Purges.HoldsShared(s.since, s.tags) {
		return nil
	}
	answer := rules.NewAnswer(s.status, s.header, s.asked, s.came, s.varied, q.s)
	v := &variant{
		answer: answer, body: s.body, stripped: s.stripped, dated: datedOf(answer),
		since: purge.Position{Local: position.Local, Shared: s.since.Shared}, tags: s.tags, grouped: true,
	}
	v.until = untilOf(answer, rules.TermsOf(answer, q.s), now)
	return v
}

// publish lets other instances find what is kept under the key.
func (q *question) publish(e *entry, now time.Time) {
	if q.shared.Second == nil {
		return
	}
	var until time.Time
	var variants []*variant
	size := 0
	for _, each := range e.all() {
		last := rules.TermsOf(each.answer, q.s).Last()
		if size += each.size(); each.since.Shared == 0 || !last.After(now) || size > 2*q.shared.MaxEntry {
			continue
		}
		variants = append(variants, each)
		until = latest(until, last)
	}
	if len(variants) > 0 {
		q.shared.Second.Set(q.key, encode(variants), until)
		q.silent.kept(q.req)
	}
}

// silent is how many answers of each kind of requests were not kept for other instances, one after the other. Where none are,
// it is a waste of time to look for them.
type silent [256]atomic.Uint32

// The bounds of looking in vain: so many times in a row, and then once in so many.
const (
	inVain = 16
	seldom = 64
)

func (s *silent) worth(req *http.Request) bool {
	n := s.of(req).Add(1)
	return n <= inVain || n%seldom == 0
}

func (s *silent) kept(req *http.Request) { s.of(req).Store(0) }

func (s *silent) of(req *http.Request) *atomic.Uint32 { return &s[route.Kind(req)%uint64(len(s))] }
