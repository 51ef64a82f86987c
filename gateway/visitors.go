package gateway

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/concierge-gateway/concierge/problem"
)

// visitors keeps pages of other sites, in browsers of people who can reach the admin listener, from reading and changing anything
// there. It authenticates nobody.
type visitors struct {
	hosts   []string // names by which the listener may be asked, besides those that no stranger can have
	foreign *http.CrossOriginProtection
}

func newVisitors(hosts []string) *visitors {
	v := &visitors{foreign: http.NewCrossOriginProtection()}
	for _, host := range hosts {
		v.hosts = append(v.hosts, strings.ToLower(host))
	}
	return v
}

// guard answers for requests that a page of another site may have caused. What a balancer reads is no secret, and is answered
// whatever name it asks by.
func (v *visitors) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Content-Security-Policy", "frame-ancestors 'none'")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Referrer-Policy", "no-referrer")
		switch {
		case r.URL.Path == "/livez", r.URL.Path == "/readyz":
		case !v.named(r.Host):
			problem.Write(w, problem.New(problem.Forbidden,
				"the admin listener is not asked by this name: admin.hosts lists those that it has"))
			return
		case v.foreign.Check(r) != nil, elsewhere(r):
			problem.Write(w, problem.New(problem.Forbidden, "a page of another site may not ask this"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// named reports whether a request names a host that no stranger can have: an address, localhost, a name of this network without a
// dot, or one that is listed. Any other name may be a stranger's, and lead here all the same (DNS rebinding): then the stranger's
// page is of the same origin as the listener.
func (v *visitors) named(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return !strings.Contains(host, ".") || strings.HasSuffix(host, ".localhost") || slices.Contains(v.hosts, host)
}

// elsewhere reports whether a browser says that a page of another site asks, other than by a link that somebody follows.
func elsewhere(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
		return false
	default:
		followed := r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
		return !followed || r.Method != http.MethodGet
	}
}
