package attempt

import (
	"context"
	"errors"

	"github.com/concierge-gateway/concierge/problem"
)

// Problem is what it means to a caller that there is no answer at all.
func Problem(ctx context.Context, err error) error {
	return meaning(ctx, err, problem.UpstreamUnavailable)
}

// BodyProblem is what it means to a caller that an answer could not be read to its end, or not be used.
func BodyProblem(ctx context.Context, err error) error {
	return meaning(ctx, err, problem.UpstreamError)
}

func meaning(ctx context.Context, err error, otherwise problem.Kind) error {
	var known *problem.Error
	switch {
	case ctx.Err() != nil:
		return problem.From(context.Cause(ctx)) // the caller has gone or has no time left; the service is not to blame
	case errors.As(err, &known):
		return known
	case isTimeout(err):
		return problem.Wrap(problem.UpstreamTimeout, err, "")
	default:
		return problem.Wrap(otherwise, err, "")
	}
}

func isTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.As(err, &timeout) && timeout.Timeout()
}
