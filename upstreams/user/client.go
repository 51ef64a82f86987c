package user

import (
	"context"
	"net/http"

	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/rest"
)

const path = "/users"

// Client calls the user service.
type Client struct{ rest *rest.Client }

// NewClient returns a client that calls through c.
func NewClient(c *rest.Client) *Client { return &Client{rest: c} }

// ByIDs returns the users with these ids. Unknown ids are absent; errors are as of rest.ByKey.
func (c *Client) ByIDs(ctx context.Context, ids []record.ID) (map[record.ID]*User, error) {
	return rest.ByKey[User](ctx, c.RawByIDs(ctx, ids))
}

// RawByIDs is ByIDs before it is decoded.
func (c *Client) RawByIDs(ctx context.Context, ids []record.ID) rest.Found[record.ID] {
	return c.rest.Find(ctx, rest.Lookup{
		Doing:  "get users",
		Many:   rest.Get(path, nil),
		Param:  "ids",
		Member: "id",
		One:    func(id record.ID) rest.Call { return rest.Get(rest.Path(path, id), nil) },
	}, ids)
}

// List returns a part of all users, by id.
func (c *Client) List(ctx context.Context, part record.Part) ([]*User, error) {
	return rest.List[User](ctx, c.RawList(ctx, part), part)
}

// RawList is List before it is decoded.
func (c *Client) RawList(ctx context.Context, part record.Part) rest.Found[record.Part] {
	return c.rest.Part(ctx, "list users", rest.Get(path, rest.Window(nil, part.Offset, part.Limit)), part)
}

// Change is what to change in a user's record. Nil members stay as they are.
type Change struct {
	Name    *string         `json:"name,omitzero"`
	Email   *string         `json:"email,omitzero"`
	Phone   *string         `json:"phone,omitzero"`
	Address *record.Address `json:"address,omitzero"`
}

// Update changes a user's record and returns it. The service's no is a *rest.Rejection.
func (c *Client) Update(ctx context.Context, id record.ID, change Change) (*User, error) {
	written, err := rest.Write[User](ctx, c.rest, rest.Call{
		Method: http.MethodPatch, Path: rest.Path(path, id), Body: change,
	})
	return written, rest.While("update user", err)
}
