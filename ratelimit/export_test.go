package ratelimit

import "context"

// ChargeForTest charges an account for a request without one.
func ChargeForTest(ctx context.Context, a *Account, q Request) error {
	return a.charge(ctx, a.limiter.kindOf(q))
}
