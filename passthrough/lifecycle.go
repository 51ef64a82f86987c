package passthrough

import (
	"net/http"
	"strconv"
	"time"

	"github.com/concierge-gateway/concierge/passthrough/routing"
	"github.com/concierge-gateway/concierge/problem"
)

// lifecycle is what a route announces of its version's end.
type lifecycle struct {
	deprecation string // RFC 9745
	sunset      string // RFC 8594
	successor   *successor
	notice      string // RFC 8288
	ends        time.Time
}

// successor is the path of what replaces a route, with the values of the route's parameters.
type successor struct {
	prefix   string // /v2
	template routing.Template
}

func newLifecycle(c Route, next *successor) lifecycle {
	l := lifecycle{ends: c.Sunset.Time}
	if !c.Deprecated.IsZero() {
		l.deprecation = "@" + strconv.FormatInt(c.Deprecated.Unix(), 10)
	}
	if !c.Sunset.IsZero() {
		l.sunset = c.Sunset.UTC().Format(http.TimeFormat)
	}
	if l.deprecation == "" && l.sunset == "" {
		return l
	}
	l.successor = next
	if c.Notice != "" {
		l.notice = "<" + c.Notice + `>; rel="deprecation"; type="text/html"`
	}
	return l
}

// announce says in an answer's header what is to come.
func (l *lifecycle) announce(h http.Header, params routing.Params) {
	if l.deprecation != "" {
		h.Set("Deprecation", l.deprecation)
	}
	if l.sunset != "" {
		h.Set("Sunset", l.sunset)
	}
	if l.successor != nil {
		path := l.successor.template.Append([]byte("<"+l.successor.prefix), params)
		h.Add("Link", string(path)+`>; rel="successor-version"`)
	}
	if l.notice != "" {
		h.Add("Link", l.notice)
	}
}

// over is the problem of a request that comes too late.
func (l *lifecycle) over(now func() time.Time) error {
	if l.ends.IsZero() || now().Before(l.ends) {
		return nil
	}
	return problem.New(problem.Gone, "this version is no longer served")
}
