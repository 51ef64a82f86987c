package resolvers

import (
	"context"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// caller is the id of the user who calls, zero for nobody. Credentials may name somebody who is no user, such as a machine; the
// graph then has nobody to show.
func caller(ctx context.Context) (record.ID, error) {
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

// signedIn is caller where it must be somebody.
func signedIn(ctx context.Context) (record.ID, error) {
	id, err := caller(ctx)
	if err != nil {
		return 0, err
	}
	if id == 0 {
		return 0, problem.New(problem.Unauthenticated, "")
	}
	return id, nil
}
