package transport

import (
	"errors"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/upstreams/transport/balancer"
	"github.com/concierge-gateway/concierge/upstreams/transport/breaker"
	"github.com/concierge-gateway/concierge/upstreams/transport/limit"
	"github.com/concierge-gateway/concierge/upstreams/transport/retry"
)

// withheld is what a call that was not made is counted under, and what its caller gets to know.
func withheld(err error) (code string, shown error) {
	_, open := errors.AsType[*breaker.OpenError](err)
	switch {
	case open:
		return "open", problem.Wrap(problem.UpstreamUnavailable, err, "")
	case errors.Is(err, balancer.ErrNoEndpoint):
		return "no_endpoint", problem.Wrap(problem.UpstreamUnavailable, err, "")
	case errors.Is(err, retry.ErrNoTime):
		return "no_time", problem.Wrap(problem.Timeout, err, "")
	case errors.Is(err, limit.ErrFull), errors.Is(err, limit.ErrWaited):
		return "shed", problem.Wrap(problem.UpstreamOverloaded, err, "")
	default:
		return "withheld", err
	}
}
