package balancer

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// site is a base URL, as far as it is put before the path of each request.
type site struct {
	scheme, host string
	path         string // without the slash at its end
	escaped      string // the same as it was written
}

func siteOf(base *url.URL) site {
	return site{
		scheme:  base.Scheme,
		host:    base.Host,
		path:    strings.TrimSuffix(base.Path, "/"),
		escaped: strings.TrimSuffix(base.EscapedPath(), "/"),
	}
}

// outgoing is a request and its URL in one piece.
type outgoing struct {
	request http.Request
	url     url.URL
}

// at returns the request for the site: itself where it is the attempt's own, otherwise a copy, since a RoundTripper must leave
// the one it is given as it is.
func (s *site) at(req *http.Request, try *attempt.Try) *http.Request {
	if try == nil || try.Own != req {
		copied := &outgoing{request: *req, url: *req.URL}
		copied.request.URL = &copied.url
		req = &copied.request
	}
	target := req.URL
	if target.RawPath != "" || s.escaped != s.path {
		target.RawPath = s.escaped + target.EscapedPath()
	}
	target.Scheme, target.Host, target.Path = s.scheme, s.host, s.path+target.Path
	req.Host = s.host
	return req
}
