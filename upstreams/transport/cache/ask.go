package cache

import (
	"errors"
	"net/http"
	"time"

	"github.com/concierge-gateway/concierge/sharing/flight"
	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/underway"
)

// ask waits for an equal call under way, or makes one.
func (q *question) ask() (*http.Response, error) {
	if q.alone() {
		return q.askAlone()
	}
	a, shared, err := q.fly(q.newest())
	switch {
	case !shared:
		return q.led(a, err)
	case err != nil || !a.sharable() || a.v.selects(q.req):
		return q.followed(a, err)
	}
	// Those who ask for another variant wait for each other once more, and then for nobody.
	q.later()
	if a, shared, err = q.fly(a.v.answer.Varied); !shared {
		return q.led(a, err)
	}
	return q.followed(a, err)
}

// fly makes a call that others may wait for.
func (q *question) fly(varied []rules.Varied) (a *arrival, shared bool, err error) {
	own := underway.MarkOf(q.req.Context(), q.since)
	joins := func(other underway.Mark) bool {
		if !own.Joins(other, q.shared.Purges) {
			return false
		}
		underway.Link(other, own)
		return true
	}
	return q.flights.Do(q.req.Context(), q.callKey(varied), own, joins, q.work)
}

// askAlone makes a call that nobody waits for.
func (q *question) askAlone() (*http.Response, error) {
	q.later()
	return q.led(q.work(q.req.Context()))
}

// later is for a question that is asked some time after something was found. What was purged meanwhile is not asked about: that
// it has not changed, as far as its validators tell, would make it new.
func (q *question) later() {
	q.since = q.shared.Purges.Now()
	if q.v != nil && !q.holds(q.v) {
		q.v, q.why = nil, rules.URIMiss
	}
}

// led answers whoever has asked.
func (q *question) led(a *arrival, err error) (*http.Response, error) {
	if err != nil {
		return q.failed(err)
	}
	switch {
	case a.res == nil && a.v == nil:
		return q.unavailable(), nil
	case a.res == nil:
		return q.keptAnswer(a, time.Now()), nil
	case q.v == nil: // as it mostly is
	case a.failing() && q.mayStandIn(time.Now()):
		_ = a.res.Body.Close() // nobody reads it
		return q.standIn(time.Now(), a.res.StatusCode), nil
	case a.v != nil && q.req.Method == http.MethodGet && conditional(q.req):
		return q.freshAnswer(a, time.Now()), nil // who was asked did not know what the client has
	}
	q.count()
	q.report(a.res, rules.Report{Forward: q.why, Stored: a.stored})
	return a.res, nil
}

// followed answers whoever has waited. What may not be shared, everybody asks for.
func (q *question) followed(a *arrival, err error) (*http.Response, error) {
	switch {
	case err != nil && q.req.Context().Err() != nil:
		return nil, err
	case errors.Is(err, flight.ErrPanicked):
		return q.askAlone()
	case err != nil:
		q.look() // what another instance has may be here by now
		return q.failed(err)
	case a.broken != nil:
		return q.failed(&attempt.BodyError{Err: a.broken})
	case !a.sharable() || !a.v.selects(q.req):
		return q.askAlone()
	}
	now := time.Now()
	if a.failing() && q.mayStandIn(now) {
		return q.standIn(now, a.v.answer.Status), nil
	}
	q.results.Shared()
	res := q.respond(a.v, now, false)
	q.report(res, rules.Report{Forward: q.why, Collapsed: true, Stored: a.stored})
	return res, nil
}

// failed is what is said where there is no answer.
func (q *question) failed(err error) (*http.Response, error) {
	if now := time.Now(); q.req.Context().Err() == nil && q.mayStandIn(now) {
		return q.standIn(now, 0), nil
	}
	q.results.Miss()
	return nil, err
}

// mayStandIn reports whether an answer that is kept may be given in the place of a failure.
func (q *question) mayStandIn(now time.Time) bool {
	return q.v != nil && q.holds(q.v) && rules.MayServeOnError(q.req, q.v.answer, now, q.s)
}

// conditional reports whether a client wants less than all of an answer.
func conditional(req *http.Request) bool {
	return has(req.Header, "If-None-Match", "If-Modified-Since", "Range")
}
