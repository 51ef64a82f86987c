// Package fallback answers what is said in the place of a service that does not answer.
package fallback

import (
	"io"
	"net/http"
	"strings"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
	"github.com/concierge-gateway/concierge/upstreams/transport/route"
)

// Header marks an answer that did not come from its service, and says what answered: static or upstream.
const Header = "X-Concierge-Fallback"

// Source is what answered in the place of a service.
type Source string

// The sources.
const (
	FromStatic   Source = "static"
	FromUpstream Source = "upstream"
)

// Fallbacks are what can answer in the place of one service.
type Fallbacks struct {
	service string
	static  route.Table[Static]
	metrics *serviceMetrics
}

// New returns the fallbacks of a service. Its configuration must be valid.
func New(service string, config Config, metrics *Metrics) (*Fallbacks, error) {
	f := &Fallbacks{service: service, metrics: metrics.of(service)}
	for _, each := range config.Static {
		if err := f.static.Add(each.Match, each); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// Layer asks next, and answers otherwise where that fails: because the breaker is open, nobody could be reached in time, or the
// last attempt was answered with a status from 500 on. Reads are answered by a fixed answer for them, or else by other, which
// is nil where there is none. A write goes to other only if it was never sent: nobody knows what became of one that was.
func (f *Fallbacks) Layer(next, other http.RoundTripper) http.RoundTripper {
	return &layer{Fallbacks: f, next: next, other: other}
}

type layer struct {
	*Fallbacks
	next, other http.RoundTripper
}

func (l *layer) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := l.next.RoundTrip(req)
	outcome := attempt.Judge(req.Context(), res, err)
	if res != nil {
		delete(res.Header, Header) // only the gateway says so
	}
	if !outcome.Failure() && outcome != attempt.Withheld {
		return res, err
	}
	instead, source := l.instead(req, outcome)
	if instead == nil {
		return res, err
	}
	if res != nil {
		_ = res.Body.Close() // nobody reads it
	}
	instead.Header.Set(Header, string(source))
	l.metrics.count(source)
	notesOf(req.Context()).add(Note{Service: l.service, Source: source})
	return instead, nil
}

// instead is another answer, nil if there is none.
func (l *layer) instead(req *http.Request, outcome attempt.Outcome) (*http.Response, Source) {
	reads := req.Method == http.MethodGet || req.Method == http.MethodHead
	if reads {
		if static, ok := l.static.Find(req); ok {
			return static.response(req), FromStatic
		}
	}
	neverSent := outcome == attempt.Withheld || outcome == attempt.Unreachable
	if l.other == nil || !reads && !neverSent {
		return nil, ""
	}
	again, ok := rewound(req)
	if !ok {
		return nil, ""
	}
	res, err := l.other.RoundTrip(again)
	if err != nil {
		return nil, ""
	}
	if attempt.Judge(req.Context(), res, nil).Failure() {
		_ = res.Body.Close() // two failures: the service's own is the one to report
		return nil, ""
	}
	return res, FromUpstream
}

// rewound is the request with its body at the start again.
func rewound(req *http.Request) (*http.Request, bool) {
	if req.Body == nil || req.Body == http.NoBody {
		return req, true
	}
	if req.GetBody == nil {
		return nil, false
	}
	body, err := req.GetBody()
	if err != nil {
		return nil, false
	}
	again := new(http.Request)
	*again = *req
	again.Body = body
	return again, true
}

func (s Static) response(req *http.Request) *http.Response {
	status := s.Status
	if status == 0 {
		status = http.StatusOK
	}
	return &http.Response{
		Status:        http.StatusText(status),
		StatusCode:    status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        http.Header{"Content-Type": {s.mediaType()}},
		ContentLength: int64(len(s.Body)),
		Body:          io.NopCloser(strings.NewReader(s.Body)),
		Request:       req,
	}
}
