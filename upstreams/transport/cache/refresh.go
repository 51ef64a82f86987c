package cache

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/correlation"
	"github.com/concierge-gateway/concierge/priority"
)

// endless bounds a call in the background that could take as long as it takes.
const endless = time.Minute

// refresh asks for an answer anew, while the client has got the old one.
func (q *question) refresh() {
	q.shared.background(q.key, func() func(ctx context.Context) {
		again := q.again()
		return func(ctx context.Context) {
			ctx, cancel := again.within(ctx)
			defer cancel()
			again.req = again.req.WithContext(ctx)
			again.later()
			a, shared, err := again.fly(again.newest())
			if err == nil && !shared && a.res != nil {
				_ = a.res.Body.Close() // what is kept is kept
			}
		}
	})
}

// again is the same question without what the client itself has or wants of the answer. It has a header of its own, since that of
// the request is the client's again when the answer is there.
func (q *question) again() *question {
	again := *q
	again.s.Obey = false
	again.req = new(http.Request)
	*again.req = *q.req
	again.req.Method, again.req.Header = http.MethodGet, q.req.Header.Clone()
	for _, each := range [...]string{"If-None-Match", "If-Modified-Since", "If-Range", "Range", "Cache-Control", "Pragma"} {
		delete(again.req.Header, each)
	}
	return &again
}

// within is a context for a call that nobody waits for. It knows of the request no more than whom it is for and what it belongs
// to: all else, such as who is told of early answers, ends with the request.
func (q *question) within(ctx context.Context) (context.Context, context.CancelFunc) {
	of := q.req.Context()
	ctx = correlation.With(ctx, correlation.From(of))
	if q.caller.Known != nil {
		ctx = identity.With(ctx, q.caller.Known)
	}
	ctx = &lent{Context: priority.With(ctx, priority.Batch), from: of, keys: q.calls.Keys}
	total := time.Duration(0)
	if q.calls.Total != nil {
		total = q.calls.Total(q.req.WithContext(ctx))
	}
	if total <= 0 {
		total = endless
	}
	return context.WithTimeout(ctx, total)
}

// lent is a context that has some of the values of another one, for as long as it is needed.
type lent struct {
	context.Context //nolint:containedctx // it is one

	from context.Context //nolint:containedctx // only for its values
	keys []any
}

// Value implements context.Context.
func (l *lent) Value(key any) any {
	if slices.Contains(l.keys, key) {
		return l.from.Value(key)
	}
	return l.Context.Value(key)
}
