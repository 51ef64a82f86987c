package cache

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
	"github.com/concierge-gateway/concierge/upstreams/transport/fallback"
)

// work looks at the second level, and then asks the service.
func (q *question) work(ctx context.Context) (*arrival, error) {
	if q.v == nil && q.keeps {
		if a := q.elsewhere(ctx); a != nil {
			return a, nil
		}
	}
	if rules.OnlyIfCached(q.req, q.s) {
		return &arrival{}, nil
	}
	if q.v == nil || !rules.MayServeOnError(q.req, q.v.answer, time.Now(), q.s) {
		return q.fetch(ctx, q.v)
	}
	// Whether a fallback was told of is found out when it is known that its answer is used.
	noted, notes := fallback.Collect(ctx)
	a, err := q.fetch(noted, q.v)
	if err == nil && (!a.fallback || !q.mayStandIn(time.Now())) {
		notes.AddTo(ctx)
	}
	return a, err
}

// fetch asks the service, whether v is still good where there is one.
func (q *question) fetch(ctx context.Context, v *variant) (*arrival, error) {
	req := q.req
	heads := req.Method == http.MethodHead
	if v != nil && !heads {
		req = rules.Condition(req, v.answer)
	}
	if ctx != req.Context() {
		req = req.WithContext(ctx)
	}
	at := span{asked: time.Now()}
	res, err := q.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	at.came = time.Now()
	switch {
	case res.Header[fallback.Header] != nil:
		return &arrival{res: res, fallback: true}, nil
	case heads:
		q.learn(res, v, at)
		return &arrival{res: res}, nil
	case v != nil && res.StatusCode == http.StatusNotModified:
		return q.confirmed(ctx, res, v, at)
	}
	return q.receive(res, v, at)
}

// span is when a request was sent, and when the head of its answer was there.
type span struct{ asked, came time.Time }

// confirmed is an answer of which the service says that it is still good. If it speaks of another one, it is asked again.
func (q *question) confirmed(ctx context.Context, res *http.Response, v *variant, at span) (*arrival, error) {
	_ = res.Body.Close() // it has none
	update := rules.NewAnswer(res.StatusCode, res.Header, at.asked, at.came, v.answer.Varied, q.s)
	updated, ok := rules.Updated(q.req, v.answer, update, q.s)
	if !ok {
		q.forget(v)
		q.v = nil
		return q.fetch(ctx, nil)
	}
	renewed, ok := q.renewed(v, updated)
	a := &arrival{v: renewed, how: validated, alone: !ok || setsCookie(updated.Header, q.s) || !rules.Sharable(q.req, updated, q.s)}
	if a.alone || !rules.Storable(q.req, updated, q.s) {
		q.forget(v)
		return a, nil
	}
	a.stored = q.keep(renewed, v)
	return a, nil
}

// renewed is an answer with a newer header. What it is made of is as new as that. It is not ok where it is not known what it
// was chosen by. Its body is the one that was chosen before, by what the older header named: a newer header that names less,
// such as one that goes with the same date, does not make it one for others. The header says so, too, since whoever makes
// something of the answer goes by it.
func (q *question) renewed(v *variant, answer rules.Answer) (renewed *variant, ok bool) {
	renewed = new(variant)
	*renewed = *v
	answer.Varied, ok = variedBy(q.req, answer.Header)
	for _, before := range v.answer.Varied {
		if !slices.ContainsFunc(answer.Varied, func(now rules.Varied) bool { return now.Name == before.Name }) {
			answer.Varied = append(answer.Varied, before)
			answer.Header["Vary"] = append(slices.Clone(answer.Header["Vary"]), before.Name)
		}
	}
	ok = ok && len(answer.Varied) <= mostVaried
	renewed.answer, renewed.since, renewed.dated, renewed.made = answer, q.since, datedOf(answer), nil
	renewed.tags, renewed.grouped = q.tagsOf(answer.Header)
	return renewed, ok
}

// mostVaried bounds by how many fields an answer was chosen, by all of its headers.
const mostVaried = 32

// learn takes from the answer to HEAD what it says of the answer that is kept (RFC 9111, section 4.3.5).
func (q *question) learn(res *http.Response, v *variant, at span) {
	if v == nil || res.StatusCode != http.StatusOK {
		return
	}
	head := rules.NewAnswer(res.StatusCode, res.Header, at.asked, at.came, v.answer.Varied, q.s)
	updated, ok := rules.UpdatedByHead(q.req, v.answer, head, q.s)
	renewed, known := q.renewed(v, updated)
	if !ok || !known || setsCookie(updated.Header, q.s) {
		q.forget(v)
		return
	}
	q.keep(renewed, v)
}
