package gateway

import (
	"net/http"

	"github.com/concierge-gateway/concierge/audit"
	"github.com/concierge-gateway/concierge/problem"
)

// questions turns away requests that only read where a page of another site made a browser send them: such a request needs no
// leave of the browser's, so any page could make anybody's browser ask. By POST it does, since a body is JSON here.
func (p *routes) questions(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost && p.authenticator.Query(r) != nil {
			audit.From(r.Context()).Deny(ruleOrigin, audit.CrossSite)
			refuse(w, r, problem.New(problem.Forbidden, "a page of another site may not ask by this method: use POST"))
			return
		}
		next.ServeHTTP(w, r)
	})
}
