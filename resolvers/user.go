package resolvers

import (
	"context"

	"github.com/concierge-gateway/concierge/graph"
	"github.com/concierge-gateway/concierge/loaders"
	"github.com/concierge-gateway/concierge/page"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/user"
)

// Me is the caller's own record.
func (r *queryResolver) Me(ctx context.Context) (*user.User, error) {
	return mine(ctx, loaders.For(ctx).User)
}

// User is one user.
func (r *queryResolver) User(ctx context.Context, id record.ID) (*user.User, error) {
	return loaders.For(ctx).User.Load(ctx, id)
}

// Users are all users.
func (r *queryResolver) Users(ctx context.Context, first *int32, after *string) (*page.UserConnection, error) {
	return connection(ctx, r.pages, first, after, loaders.For(ctx).Users, record.Part{})
}

// Orders are a user's orders.
func (r *userResolver) Orders(
	ctx context.Context, u *user.User, first *int32, after *string,
) (*page.OrderConnection, error) {
	return connection(ctx, r.pages, first, after, loaders.For(ctx).Orders, record.Part{Of: u.ID})
}

// UpdateProfile changes the caller's own record.
func (r *mutationResolver) UpdateProfile(
	ctx context.Context, input graph.UpdateProfileInput,
) (*graph.UpdateProfilePayload, error) {
	id, err := signedIn(ctx)
	if err != nil {
		return nil, err
	}
	if wrong := checkProfile(input); wrong != nil {
		return &graph.UpdateProfilePayload{UserErrors: wrong}, nil
	}
	changed, err := r.services.User.Update(ctx, id, user.Change{
		Name:    input.Name.Value(),
		Email:   input.Email.Value(),
		Phone:   input.Phone.Value(),
		Address: addressOf(input.Address.Value()),
	})
	wrong, err := outcome(ctx, err)
	if err != nil {
		return nil, err
	}
	return &graph.UpdateProfilePayload{User: changed, UserErrors: wrong}, nil
}
