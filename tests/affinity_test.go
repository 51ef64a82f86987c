package tests

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/demo"
)

// With the policy hash, a caller's calls go where those of the same caller went before.
func TestTheSameCallerIsAnsweredByTheSameEndpoint(t *testing.T) {
	for name, c := range map[string]struct {
		hash string
		mark func(req *http.Request, caller string)
	}{
		"by a header": {"header: X-Session", func(req *http.Request, caller string) { req.Header.Set("X-Session", caller) }},
		"by a cookie": {"cookie: session", func(req *http.Request, caller string) {
			req.AddCookie(&http.Cookie{Name: "other", Value: "same"})
			req.AddCookie(&http.Cookie{Name: "session", Value: caller})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t, hashing(c.hash))
			used := make(map[int]bool)
			for caller := range 12 {
				var first []int
				for range 4 {
					p.services.ResetCalls()
					req := p.request(t, operation{query: `{ user(id: 8) { id } }`})
					c.mark(req, "caller "+strconv.Itoa(caller))
					send(t, req)
					first = append(first, p.endpointsOf(demo.User)...)
				}
				for _, each := range first {
					used[each] = true
					if len(first) != 4 || each != first[0] {
						t.Errorf("caller %d was answered by the endpoints %v, want one for all calls", caller, first)
						break
					}
				}
			}
			if len(used) != 2 {
				t.Errorf("12 callers were answered by %d endpoints, want both used", len(used))
			}
		})
	}
}

// Whoever the token names is the principal: a header that says otherwise changes nothing.
func TestThePrincipalIsWhomTheTokenNames(t *testing.T) {
	p := start(t, hashing("principal: true"))
	for _, principal := range []string{"customer", "support", "admin"} {
		var seen []int
		for i := range 6 {
			p.services.ResetCalls()
			req := p.request(t, operation{as: principal, query: `{ user(id: 8) { id } }`})
			req.Header.Set("X-User-Id", strconv.Itoa(i))
			send(t, req)
			seen = append(seen, p.endpointsOf(demo.User)...)
		}
		for _, each := range seen {
			if len(seen) != 6 || each != seen[0] {
				t.Errorf("the %s was answered by the endpoints %v, want one for all calls", principal, seen)
				break
			}
		}
	}
}

// hashing is the standard configuration with the policy hash for the user service.
func hashing(by string) string {
	return strings.Replace(standard, "  user:\n", "  user:\n    balance: {policy: hash, hash: {"+by+"}}\n", 1)
}

// endpointsOf are the endpoints of a service that were called.
func (p *program) endpointsOf(service string) []int {
	var all []int
	for _, call := range p.services.Calls() {
		if call.Service == service {
			all = append(all, call.Endpoint)
		}
	}
	return all
}
