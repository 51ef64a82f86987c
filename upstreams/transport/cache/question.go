package cache

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
)

// question is one request that only reads.
type question struct {
	*layer

	req    *http.Request
	way    *way
	s      rules.Settings
	caller sharing.Caller
	uri    string
	key    sharing.Key
	since  purge.Position // what is asked from now on is as new as that
	e      *entry         // what was found in memory, nil if nothing
	v      *variant       // what of it is about the same, nil if none may be used
	why    rules.Forward  // why the service is asked
}

func (l *layer) question(req *http.Request, w *way) question {
	wish := l.Wish(req.Context())
	if wish != rules.Any && !asksCaches(req.Header) {
		req = wanting(req, wish)
	}
	caller := l.callerOf(req)
	q := question{
		layer: l, req: req, way: w, caller: caller, uri: uriOf(req.URL),
		s: w.settings(caller.Known, wish != rules.Any), since: l.shared.Purges.Now(),
	}
	q.key = sharing.ForAnswer(w.inputs, caller, l.service, q.uri)
	return q
}

// wanting is a request that says what it wants: that of a door that does not repeat what its client has said.
func wanting(req *http.Request, wish rules.Wish) *http.Request {
	wants := new(http.Request)
	*wants = *req
	wants.Header = maps.Clone(req.Header)
	wants.Header["Cache-Control"] = []string{string(wish)}
	return wants
}

// uriOf is what a URL asks for, as it is spelt: what is spelt otherwise may be something else to a service.
func uriOf(u *url.URL) string {
	path := u.EscapedPath()
	if u.RawQuery == "" && !u.ForceQuery {
		return path
	}
	return path + "?" + u.RawQuery
}

// answer answers from what is kept, or asks.
func (q *question) answer() (*http.Response, error) {
	q.look()
	if q.v == nil {
		return q.lasting().askFor()
	}
	now := time.Now()
	switch q.use(now) {
	case rules.Fresh:
		return q.hit(now), nil
	case rules.StaleWhileRevalidating:
		q.lasting().refresh()
		return q.stale(now, "stale-while-revalidate"), nil
	default:
		return q.lasting().askFor()
	}
}

// lasting is the question as others may refer to it. One that is answered at once takes no memory.
func (q *question) lasting() *question {
	lasting := *q
	return &lasting
}

// askFor asks the service, unless a record answers the request.
func (q *question) askFor() (*http.Response, error) {
	if v := q.known(); v != nil {
		q.results.Hit()
		res := q.respond(v, time.Now(), false)
		q.report(res, rules.Report{Detail: "record"})
		return res, nil
	}
	return q.ask()
}

// use is what is to be done with what was found. What is not to be used at all is forgotten.
func (q *question) use(now time.Time) rules.Use {
	if q.v == nil {
		return rules.Miss
	}
	use := rules.Judge(q.req, q.v.answer, now, q.s)
	switch use {
	case rules.Validate:
		q.why = rules.Why(q.req, q.v.answer, now, q.s)
	case rules.Miss:
		q.v, q.why = nil, rules.Requested
	default: // it is good enough
	}
	return use
}

// look finds in memory what may be used.
func (q *question) look() {
	q.e, q.v, q.why = nil, nil, rules.URIMiss
	if !q.keeps {
		q.why = rules.Bypass
		return
	}
	value, ok := q.shared.Memory.Get(q.key)
	if !ok {
		return
	}
	q.e, _ = value.(*entry)
	q.take(q.e.find(q.req))
}

// take goes by an answer, unless it was purged or is longer than is read on this way.
func (q *question) take(v *variant) {
	switch {
	case v == nil:
		q.why = rules.VaryMiss
	case !q.takes(v):
		q.why = rules.URIMiss
	default:
		q.v = v
	}
}

// takes reports whether an answer may be used on this way.
func (l *layer) takes(v *variant) bool {
	return (l.whole <= 0 || int64(len(v.body)) <= l.whole) && l.holds(v)
}

func (c *Cache) holds(v *variant) bool { return c.shared.Purges.Holds(v.since, v.answer.Asked, v.tags) }

// alone reports whether the answer is not to be shared: a part is nobody else's, and who asks for a new answer must not get one
// that was asked for before.
func (q *question) alone() bool {
	return q.req.Method != http.MethodGet || q.s.Obey || has(q.req.Header, "Range")
}

// callKey is the key of the call itself. Beside what the answer goes by, calls differ by the version that the client has, and by
// what Vary named the last time.
func (q *question) callKey(varied []rules.Varied) sharing.Key {
	var also strings.Builder
	for _, name := range [...]string{"If-None-Match", "If-Modified-Since"} {
		for _, value := range q.req.Header[name] {
			also.WriteString("\n" + name + ": " + value)
		}
	}
	for _, each := range varied {
		also.WriteString("\n" + each.Name)
		for _, value := range q.req.Header[each.Name] {
			also.WriteString("\n: " + value)
		}
	}
	if also.Len() == 0 {
		return q.key
	}
	return sharing.ForCall(q.way.inputs, q.caller, q.service, q.req.Method, q.uri+also.String())
}

// newest is what the newest answer that was found was chosen by, whether it may be used or not.
func (q *question) newest() []rules.Varied {
	if q.e == nil || len(q.e.variants) == 0 {
		return nil
	}
	return q.e.variants[0].answer.Varied
}
