package ratelimit

import (
	"time"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/ratelimit/charge"
)

// refusal is the problem of who is over limits.
func refusal(policies []string, wait time.Duration, by charge.Decider) *problem.Error {
	if by == charge.ByClosed {
		err := problem.New(problem.CapacityReduced, "")
		err.Policies, err.RetryAfter = policies, closedRetry
		return err
	}
	err := problem.New(problem.RateLimited, "")
	err.Policies = policies
	if wait == charge.Never {
		err.Message = "this is more than is allowed at once"
	} else {
		err.RetryAfter = max(wait, time.Second)
	}
	return err
}

// closedRetry is when to come back where nothing can be counted: nobody knows, and it must not be at once.
const closedRetry = 5 * time.Second
