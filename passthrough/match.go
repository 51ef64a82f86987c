package passthrough

import (
	"context"

	"github.com/concierge-gateway/concierge/passthrough/routing"
)

type matchKey struct{}

// Params are the parameters of the path of the request that ctx belongs to.
func Params(ctx context.Context) routing.Params {
	if match, ok := ctx.Value(matchKey{}).(*routing.Match); ok {
		return match.Params
	}
	return routing.Params{}
}
