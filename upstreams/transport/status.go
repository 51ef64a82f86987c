package transport

import (
	"github.com/concierge-gateway/concierge/upstreams/transport/balancer"
	"github.com/concierge-gateway/concierge/upstreams/transport/breaker"
)

// Status is how one service looks from here.
type Status struct {
	// Unusable says why calls are not made now, and is empty while they are.
	Unusable string
	// Breaker is the state of the service's own breaker.
	Breaker breaker.State
	// Endpoints are the service's, in the order of the configuration.
	Endpoints []balancer.Status
}

// Status is how the service looks now.
func (t *Transport) Status() Status {
	s := Status{Breaker: t.breaker.State(), Endpoints: t.service.endpoints.pool.Endpoints()}
	switch {
	case s.Breaker == breaker.Open:
		s.Unusable = "its breaker is open"
	case t.service.endpoints.pool.Usable() == 0:
		s.Unusable = "none of its endpoints is usable"
	}
	return s
}
