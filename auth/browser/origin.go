package browser

import (
	"net/http"
	"strings"

	"github.com/concierge-gateway/concierge/forwarded"
)

// origin is where a page comes from, in the one form that is compared: in lower case, and without the scheme's usual port.
type origin struct{ scheme, host string }

// trusts tells whether an Origin is the request's own, or one of the list.
func (r *Rules) trusts(req *http.Request, origins []string) bool {
	own, _ := originOf(req)
	return r.trustsBeside(own, origins)
}

// trustsBeside tells whether an Origin is this one, or one of the list. Several are none, and neither is "null", which browsers
// send for pages that they keep apart.
func (r *Rules) trustsBeside(own origin, origins []string) bool {
	if len(origins) != 1 {
		return false
	}
	from, ok := parseOrigin(origins[0])
	if !ok {
		return false
	}
	_, listed := r.origins[from]
	return listed || from == own
}

// originOf is the origin that the client asked, as far as proxies in front are believed.
func originOf(req *http.Request) (o origin, ok bool) {
	if client, ok := forwarded.From(req.Context()); ok {
		return newOrigin(client.Proto, client.Host)
	}
	if req.TLS != nil {
		return newOrigin("https", req.Host)
	}
	return newOrigin("http", req.Host)
}

// parseOrigin reads an origin as browsers write it (RFC 6454, section 6.2).
func parseOrigin(text string) (o origin, ok bool) {
	scheme, host, ok := strings.Cut(text, "://")
	if !ok {
		return origin{}, false
	}
	return newOrigin(scheme, host)
}

// newOrigin is not ok for what is no origin of http or https.
func newOrigin(scheme, host string) (o origin, ok bool) {
	if !isHost(host) {
		return origin{}, false
	}
	host = strings.ToLower(host)
	switch scheme = strings.ToLower(scheme); scheme {
	case "http":
		return origin{scheme: scheme, host: strings.TrimSuffix(host, ":80")}, true
	case "https":
		return origin{scheme: scheme, host: strings.TrimSuffix(host, ":443")}, true
	default:
		return origin{}, false
	}
}

// isHost tells whether a text can be a host with or without a port. It keeps out paths, users, patterns and lists, and letters
// beyond ASCII, some of which are the same in lower case as others.
func isHost(text string) bool {
	return text != "" && text[0] != ':' && strings.IndexFunc(text, notOfHosts) < 0
}

func notOfHosts(c rune) bool {
	letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
	digit := '0' <= c && c <= '9'
	return !letter && !digit && !strings.ContainsRune(".-_:[]", c)
}
