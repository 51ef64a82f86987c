package admission

import (
	"net/http"
	"strings"

	"github.com/concierge-gateway/concierge/priority"
)

// Claimed is the class of the operation that a request names where it can be read before the body: in the query string, or in the
// header. It may not be the one that runs.
func (o Operations) Claimed(r *http.Request) priority.Class {
	if len(o.Named) == 0 {
		return o.Default
	}
	return o.Of(claimedName(r))
}

// claimedName prefers the query string, which is what runs of a GET. Of the headers, the first is what Apollo's clients send.
func claimedName(r *http.Request) string {
	if name := nameInQuery(r.URL.RawQuery); name != "" {
		return name
	}
	if name := r.Header.Get("X-Apollo-Operation-Name"); name != "" {
		return name
	}
	return r.Header.Get("X-Operation-Name")
}

// nameInQuery decodes nothing: no character of a GraphQL name has to be escaped in a URL.
func nameInQuery(query string) string {
	for query != "" {
		var parameter string
		parameter, query, _ = strings.Cut(query, "&")
		if name, ok := strings.CutPrefix(parameter, "operationName="); ok {
			return name
		}
	}
	return ""
}
