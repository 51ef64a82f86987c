// Package browser answers whether a browser sent a request on behalf of a page that may send it.
//
// A browser adds a cookie to every request to the cookie's host, whichever page asks for it. So a cookie stands for its owner
// only where the browser, or something that only the right pages can do, says which page that was. What is not said is refused.
//
// A browser says it in two fields that no page can write: Sec-Fetch-Site (W3C Fetch Metadata), and Origin (RFC 6454).
package browser

import (
	"errors"
	"net/http"
)

// Why a request is not taken for its owner's. Neither repeats a part of the request.
var (
	// ErrCrossSite is a request that a page of another site may have made the browser send.
	ErrCrossSite = errors.New("a page of another site may have sent the request")
	// ErrSeveral is a request with several cookies of the name. One of them may be a neighbouring host's.
	ErrSeveral = errors.New("there are several cookies for the caller's token")
)

// Rules know the cookie, and the origins whose pages may send it. They are safe for concurrent use.
type Rules struct {
	cookie  string
	header  string
	origins map[origin]struct{}
}

// New reads which origins are trusted besides the gateway's own: those that CORS allows. Whatever is no exact origin of http or
// https, such as * and null, is not trusted.
func New(c Config, origins []string) *Rules {
	r := &Rules{cookie: c.Name, header: http.CanonicalHeaderKey(c.Header), origins: make(map[origin]struct{}, len(origins))}
	for _, text := range origins {
		if o, ok := parseOrigin(text); ok {
			r.origins[o] = struct{}{}
		}
	}
	return r
}

// Token is the token in the request's cookie. ok is false where there is none. The error is ErrCrossSite where the cookie cannot
// stand for its owner, and ErrSeveral.
func (r *Rules) Token(req *http.Request) (token string, ok bool, err error) {
	if r.cookie == "" {
		return "", false, nil
	}
	cookies := req.CookiesNamed(r.cookie)
	switch {
	case len(cookies) == 0:
		return "", false, nil
	case len(cookies) > 1:
		return "", false, ErrSeveral
	case cookies[0].Value == "":
		return "", false, nil
	case !r.mayStand(req):
		return "", false, ErrCrossSite
	}
	return cookies[0].Value, true, nil
}

// mayStand decides whether a cookie may stand for its owner.
func (r *Rules) mayStand(req *http.Request) bool {
	return r.fromTrustedPage(req) && (isSafe(req.Method) || r.byScript(req))
}

// Query is nil where a request may be answered that only reads and that no cookie has to stand for. Links, images and scripts of
// every page make browsers send such a request without asking first, so one of another site is answered only where it is a
// script's of a trusted origin, which the browser names. What says nothing of a page is no browser, or an old one, whose pages
// cannot read the answer either.
func (r *Rules) Query(req *http.Request) error {
	switch siteOf(req.Header) {
	case unsaid, own, near:
		return nil
	case far:
		if r.trusts(req, req.Header["Origin"]) {
			return nil
		}
	default:
	}
	return ErrCrossSite
}

// Upgrade is nil where a WebSocket may be opened. Browsers let every page open one anywhere and read from it, and say in Origin
// which page does. Without Origin it is no browser that asks.
func (r *Rules) Upgrade(req *http.Request) error {
	if origins := req.Header["Origin"]; len(origins) > 0 && !r.trusts(req, origins) {
		return ErrCrossSite
	}
	return nil
}

// Page is nil where no page has sent a request, or one of a trusted origin. own is the origin by which clients reach what is
// asked for. Where it is empty, it is what the request says, and so does a page whose name was led here (DNS rebinding).
func (r *Rules) Page(req *http.Request, own string) error {
	stated, ok := parseOrigin(own)
	if !ok {
		return r.Upgrade(req)
	}
	if origins := req.Header["Origin"]; len(origins) > 0 && !r.trustsBeside(stated, origins) {
		return ErrCrossSite
	}
	return nil
}
