package order

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/rest"
)

const path = "/orders"

// Client calls the order service.
type Client struct{ rest *rest.Client }

// NewClient returns a client that calls through c.
func NewClient(c *rest.Client) *Client { return &Client{rest: c} }

// ByIDs returns the orders with these ids. Unknown ids are absent; errors are as of rest.ByKey.
func (c *Client) ByIDs(ctx context.Context, ids []record.ID) (map[record.ID]*Order, error) {
	return rest.ByKey[Order](ctx, c.RawByIDs(ctx, ids))
}

// RawByIDs is ByIDs before it is decoded.
func (c *Client) RawByIDs(ctx context.Context, ids []record.ID) rest.Found[record.ID] {
	return c.rest.Find(ctx, rest.Lookup{
		Doing:  "get orders",
		Many:   rest.Get(path, nil),
		Param:  "ids",
		Member: "id",
		One:    func(id record.ID) rest.Call { return rest.Get(rest.Path(path, id), nil) },
	}, ids)
}

// FirstByUserIDs returns the first orders of each of these users, by id, at most each of them. Users without orders are absent;
// errors are as of rest.ManyByKey.
func (c *Client) FirstByUserIDs(ctx context.Context, ids []record.ID, each int) (map[record.ID][]*Order, error) {
	return rest.ManyByKey[Order](ctx, c.RawFirstByUserIDs(ctx, ids, each))
}

// RawFirstByUserIDs is FirstByUserIDs before it is decoded.
func (c *Client) RawFirstByUserIDs(ctx context.Context, ids []record.ID, each int) rest.Found[record.ID] {
	return c.rest.Find(ctx, rest.Lookup{
		Doing:  "get users' orders",
		Many:   rest.Get(path, url.Values{"limit_each": {strconv.Itoa(each)}}),
		Param:  "user_ids",
		Member: "user_id",
		One:    func(id record.ID) rest.Call { return rest.Get(path, rest.Window(ofUser(id), 0, each)) },
	}, ids)
}

// List returns a part of all orders, or of those of the user that they belong to, by id.
func (c *Client) List(ctx context.Context, part record.Part) ([]*Order, error) {
	return rest.List[Order](ctx, c.RawList(ctx, part), part)
}

// RawList is List before it is decoded.
func (c *Client) RawList(ctx context.Context, part record.Part) rest.Found[record.Part] {
	return c.rest.Part(ctx, "list orders", rest.Get(path, rest.Window(ofUser(part.Of), part.Offset, part.Limit)), part)
}

func ofUser(id record.ID) url.Values {
	if id == 0 {
		return nil
	}
	return url.Values{"user_id": {id.String()}}
}

// Placement is an order to place.
type Placement struct {
	UserID          record.ID       `json:"user_id"`
	Items           []PlacementItem `json:"items"`
	ShippingAddress *record.Address `json:"shipping_address,omitzero"`
	Notes           *string         `json:"notes,omitzero"`
}

// PlacementItem is a line of an order to place.
type PlacementItem struct {
	ProductID record.ID `json:"product_id"`
	Quantity  int32     `json:"quantity"`
}

// Place places an order and returns its record. The service's no is a *rest.Rejection.
func (c *Client) Place(ctx context.Context, placement Placement) (*Order, error) {
	placed, err := rest.Write[Order](ctx, c.rest, rest.Call{Method: http.MethodPost, Path: path, Body: placement})
	return placed, rest.While("place order", err)
}

// Cancel cancels an order and returns its record. The service's no is a *rest.Rejection.
func (c *Client) Cancel(ctx context.Context, id record.ID) (*Order, error) {
	cancelled, err := rest.Write[Order](ctx, c.rest, rest.Call{
		Method: http.MethodPatch, Path: rest.Path(path, id), Body: map[string]string{"status": "cancelled"},
	})
	return cancelled, rest.While("cancel order", err)
}
