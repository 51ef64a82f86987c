package transport

import (
	"net/http"

	"github.com/concierge-gateway/concierge/correlation"
)

// propagator lets a service's own log be read beside the gateway's: it sends the request id and the trace along.
type propagator struct{ next http.RoundTripper }

func (p *propagator) RoundTrip(req *http.Request) (*http.Response, error) {
	named := new(http.Request)
	*named = *req
	named.Header = req.Header.Clone()
	correlation.Propagate(req.Context(), named.Header)
	return p.next.RoundTrip(named)
}
