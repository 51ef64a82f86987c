package browser

import "net/http"

// site is what the browser says of the page that asks, next to the host that is asked.
type site int

const (
	unsaid  site = iota // by an old browser, or none, or without TLS
	own                 // a page of the same origin, or nobody's: a person typed the address
	near                // a page of the same registrable domain
	far                 // a page of anywhere else
	unclear             // what no browser says
)

// siteOf reads Sec-Fetch-Site.
func siteOf(header http.Header) site {
	values := header["Sec-Fetch-Site"]
	if len(values) == 0 {
		return unsaid
	}
	if len(values) > 1 {
		return unclear
	}
	switch values[0] {
	case "same-origin", "none":
		return own
	case "same-site":
		return near
	case "cross-site":
		return far
	default:
		return unclear
	}
}

// fromTrustedPage decides whether the page that asks may use the cookie.
func (r *Rules) fromTrustedPage(req *http.Request) bool {
	origins := req.Header["Origin"]
	switch siteOf(req.Header) {
	case own:
		return true
	case near:
		return r.trusts(req, origins)
	case far:
		// Links and images of every site send GET, and HEAD is answered as GET is.
		return req.Method != http.MethodGet && req.Method != http.MethodHead && r.trusts(req, origins)
	case unsaid:
		if len(origins) == 0 {
			return r.marked(req.Header)
		}
		return r.trusts(req, origins)
	default:
		return false
	}
}

// isSafe tells methods that change nothing (RFC 9110, section 9.2.1). TRACE is left out: browsers do not send it.
func isSafe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}
