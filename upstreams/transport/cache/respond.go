package cache

import (
	"context"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/correlation"
	"github.com/concierge-gateway/concierge/footprint"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/tracing"
	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
	"github.com/concierge-gateway/concierge/waterfall"
)

// hit answers from what was found.
func (q *question) hit(now time.Time) *http.Response {
	q.countHit(q.v)
	res := q.respond(q.v, now, false)
	q.report(res, q.timed(rules.Report{}, q.v, now))
	return res
}

// countHit counts a request that was answered by what is kept.
func (c *Cache) countHit(v *variant) {
	if isNegative(v.answer.Status) {
		c.results.Negative()
		return
	}
	c.results.Hit()
}

// isNegative reports whether an answer is that there is no such thing.
func isNegative(status int) bool { return status == http.StatusNotFound || status == http.StatusGone }

// stale answers with what is older than it should be, and says why.
func (q *question) stale(now time.Time, why string) *http.Response {
	q.results.Stale()
	res := q.respond(q.v, now, false)
	q.report(res, q.timed(rules.Report{Detail: why}, q.v, now))
	return res
}

// standIn answers with what is kept, in the place of a failure.
func (q *question) standIn(now time.Time, status int) *http.Response {
	q.results.Stale()
	res := q.respond(q.v, now, false)
	q.report(res, q.timed(rules.Report{Forward: q.why, ForwardStatus: status, Detail: "stale-if-error"}, q.v, now))
	return res
}

// keptAnswer answers with what was kept before, and has turned out to be good.
func (q *question) keptAnswer(a *arrival, now time.Time) *http.Response {
	report := rules.Report{}
	switch a.how {
	case validated:
		q.results.Revalidated()
		report = rules.Report{Forward: q.why, ForwardStatus: http.StatusNotModified, Stored: a.stored}
	case outdated:
		q.results.Stale()
		q.refresh()
		report.Detail = "stale-while-revalidate"
	default:
		q.results.Hit()
	}
	res := q.respond(a.v, now, a.how == validated)
	q.report(res, q.timed(report, a.v, now))
	return res
}

// freshAnswer answers with what the service has just said, as far as the client has not got it already.
func (q *question) freshAnswer(a *arrival, now time.Time) *http.Response {
	q.count()
	a.own()
	_ = a.res.Body.Close() // it was read
	res := q.respond(a.v, now, true)
	q.report(res, rules.Report{Forward: q.why, ForwardStatus: a.res.StatusCode, Stored: a.stored})
	return res
}

// unavailable is the answer to who wanted one only if there is one here.
func (q *question) unavailable() *http.Response {
	q.count()
	res := &http.Response{
		Status: "504 Gateway Timeout", StatusCode: http.StatusGatewayTimeout, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Length": {"0"}}, Body: attempt.NewWhole(nil, false), Request: q.req,
	}
	q.report(res, rules.Report{Forward: q.why, Detail: "only-if-cached"})
	return res
}

// count counts a request that the service answered.
func (q *question) count() {
	if q.s.Obey && q.why == rules.Requested {
		q.results.Bypassed()
		return
	}
	q.results.Miss()
}

// respond answers the request with an answer that others are given too. Of bytes that are not the service's own no part is
// given: a client could join it to a part of the others. called says that a call was made.
func (q *question) respond(v *variant, now time.Time, called bool) *http.Response {
	req := q.req
	if v.stripped && has(req.Header, "Range") {
		req = withoutRange(req)
	}
	res := rules.Respond(req, v.answer, v.body, now)
	res.Request = q.req
	if !called {
		forgetOther(res.Header)
	}
	if tags := res.Header["Etag"]; v.stripped && len(tags) == 1 {
		res.Header["Etag"] = []string{weak(tags[0])}
	}
	serve(res, v.body, called)
	return res
}

// forgetOther takes out of a header what names the request that was answered, or tells of it alone: this is another.
func forgetOther(header http.Header) {
	for _, each := range [...]string{
		problem.RequestIDHeader, correlation.TraceparentHeader, correlation.TracestateHeader, "Traceresponse", "Server-Timing",
		"Authentication-Info", identity.TokenHeader,
	} {
		delete(header, each)
	}
}

func withoutRange(req *http.Request) *http.Request {
	plain := new(http.Request)
	*plain = *req
	plain.Header = req.Header.Clone()
	delete(plain.Header, "Range")
	return plain
}

// timed says for how much longer an answer is fresh.
func (q *question) timed(r rules.Report, v *variant, now time.Time) rules.Report {
	r.Timed = true
	r.TTL = rules.TermsOf(v.answer, q.s).Fresh.Sub(now)
	return r
}

// report writes into an answer what was done, after what others did.
func (q *question) report(res *http.Response, r rules.Report) {
	if res.Header == nil {
		res.Header = make(http.Header)
	}
	q.reportIn(res.Header, r)
}

func (q *question) reportIn(header http.Header, r rules.Report) {
	note(q.req.Context(), q.seen(r))
	if q.shared.Status {
		header["Cache-Status"] = append(slices.Clip(header["Cache-Status"]), rules.Status(name, r))
	}
}

// note tells those who want to know of a call what was done.
func note(ctx context.Context, what waterfall.Cache) {
	tracing.From(ctx).Text("concierge.cache", string(what))
	waterfall.Of(ctx).Cached(what)
	known := what == waterfall.Hit || what == waterfall.Stale || what == waterfall.Shared
	footprint.From(ctx).Cached(string(what), known)
}

// seen is what was done, in a word.
func (q *question) seen(r rules.Report) waterfall.Cache {
	switch {
	case r.Timed && r.Detail != "":
		return waterfall.Stale
	case r.Timed && r.ForwardStatus == http.StatusNotModified:
		return waterfall.Revalidated
	case r.Forward == "":
		return waterfall.Hit
	case r.Collapsed:
		return waterfall.Shared
	case r.Forward == rules.Requested && q.s.Obey:
		return waterfall.Bypass
	default:
		return waterfall.Miss
	}
}

// part is a part of a body that others are given too.
type part struct{ io.ReadCloser }

// serve makes the body of an answer one that is all here, and that says whether a call was made for it.
func serve(res *http.Response, text []byte, called bool) {
	switch {
	case res.Body == nil || res.Body == http.NoBody:
		res.Body = attempt.NewWhole(nil, called)
	case res.StatusCode != http.StatusPartialContent:
		res.Body = attempt.NewWhole(text, called)
	case !called:
		res.Body = part{res.Body}
	}
}

// Served reports whether no call was made for an answer: it had been kept, or somebody else had asked.
func Served(res *http.Response) bool {
	switch body := res.Body.(type) {
	case *attempt.Whole:
		return !body.Called()
	case part:
		return true
	default:
		return false
	}
}
