package passthrough

import (
	"context"

	"github.com/concierge-gateway/concierge/passthrough/routing"
	"github.com/concierge-gateway/concierge/upstreams/transport"
)

// matched is the context of a request whose route is known.
type matched struct {
	context.Context //nolint:containedctx // it is one

	match routing.Match
	times *transport.CallTimeouts // nil where they are the service's
}

type matchKey struct{}

// Value tells the match, and the transport how long calls may take.
func (m *matched) Value(key any) any {
	switch {
	case key == (matchKey{}):
		return &m.match
	case m.times != nil && key == (transport.TimeoutsKey{}):
		return m.times
	default:
		return m.Context.Value(key)
	}
}

// Params are the parameters of the path of the request that ctx belongs to.
func Params(ctx context.Context) routing.Params {
	if match, ok := ctx.Value(matchKey{}).(*routing.Match); ok {
		return match.Params
	}
	return routing.Params{}
}
