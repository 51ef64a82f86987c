package balancer

import (
	"net/http"
	"net/url"
	"strings"
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

// at returns a copy of the request for the site: a RoundTripper must leave the one it is given as it is.
func (s *site) at(req *http.Request) *http.Request {
	sent := &outgoing{request: *req, url: *req.URL}
	target := &sent.url
	target.Scheme, target.Host = s.scheme, s.host
	target.Path = s.path + req.URL.Path
	if req.URL.RawPath != "" || s.escaped != s.path {
		target.RawPath = s.escaped + req.URL.EscapedPath()
	}
	sent.request.URL, sent.request.Host = target, s.host
	return &sent.request
}
