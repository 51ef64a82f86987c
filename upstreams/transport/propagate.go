package transport

import (
	"maps"
	"net/http"

	"github.com/concierge-gateway/concierge/correlation"
)

// propagator lets a service's own log be read beside the gateway's: it sends the request id and the trace along.
type propagator struct{ next http.RoundTripper }

func (p *propagator) RoundTrip(req *http.Request) (*http.Response, error) {
	if correlation.Propagated(req.Context(), req.Header) { // whoever made the header saves a copy of it by that
		return p.next.RoundTrip(req)
	}
	named := new(http.Request)
	*named = *req
	named.Header = maps.Clone(req.Header) // what is set below takes the place of values, and changes none
	correlation.Propagate(req.Context(), named.Header)
	return p.next.RoundTrip(named)
}
