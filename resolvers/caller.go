package resolvers

import (
	"context"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/loaders"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// Caller is the id of the user who calls, zero for nobody. Credentials may name somebody who is no user, such as a machine; the
// graph then has nobody to show.
func Caller(ctx context.Context) (record.ID, error) {
	principal := auth.FromContext(ctx)
	if principal.Anonymous() {
		return 0, nil
	}
	id, err := record.ParseID(principal.ID)
	if err != nil {
		return 0, problem.Wrap(problem.Forbidden, err, "the credential does not name a user")
	}
	return id, nil
}

// signedIn is Caller where it must be somebody.
func signedIn(ctx context.Context) (record.ID, error) {
	id, err := Caller(ctx)
	if err != nil {
		return 0, err
	}
	if id == 0 {
		return 0, problem.New(problem.Unauthenticated, "")
	}
	return id, nil
}

// mine is the caller's own record, nil for nobody.
func mine[T any](ctx context.Context, own *loaders.Loader[record.ID, *T]) (*T, error) {
	id, err := Caller(ctx)
	if err != nil || id == 0 {
		return nil, err
	}
	return own.Load(ctx, id)
}
