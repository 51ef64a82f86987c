package payment

import (
	"context"
	"net/http"
	"net/url"

	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/rest"
)

const path = "/payments"

// Client calls the payment service.
type Client struct{ rest *rest.Client }

// NewClient returns a client that calls through c.
func NewClient(c *rest.Client) *Client { return &Client{rest: c} }

// ByIDs returns the payments with these ids, each by a call of its own: the contract has no list of them. Unknown ids are
// absent; errors are as of rest.ByKey.
func (c *Client) ByIDs(ctx context.Context, ids []record.ID) (map[record.ID]*Payment, error) {
	return rest.ByKey[Payment](ctx, c.RawByIDs(ctx, ids))
}

// RawByIDs is ByIDs before it is decoded.
func (c *Client) RawByIDs(ctx context.Context, ids []record.ID) rest.Found[record.ID] {
	return c.rest.Find(ctx, rest.Lookup{
		Doing:  "get payments",
		Many:   rest.Get(path, nil), // for the log
		Member: "id",
		One:    func(id record.ID) rest.Call { return rest.Get(rest.Path(path, id), nil) },
	}, ids)
}

// ByOrderIDs returns the payment of each of these orders, the newest where there are several. Orders without one are absent;
// errors are as of rest.ByKey.
func (c *Client) ByOrderIDs(ctx context.Context, ids []record.ID) (map[record.ID]*Payment, error) {
	return rest.ByKey[Payment](ctx, c.RawByOrderIDs(ctx, ids))
}

// RawByOrderIDs is ByOrderIDs before it is decoded.
func (c *Client) RawByOrderIDs(ctx context.Context, ids []record.ID) rest.Found[record.ID] {
	return c.rest.Find(ctx, rest.Lookup{
		Doing:  "get orders' payments",
		Many:   rest.Get(path, nil),
		Param:  "order_ids",
		Member: "order_id",
		One:    func(id record.ID) rest.Call { return rest.Get(path, url.Values{"order_ids": {id.String()}}) },
	}, ids)
}

// Charge is a payment to make.
type Charge struct {
	OrderID    record.ID `json:"order_id"`
	Method     string    `json:"method"`
	CardNumber *string   `json:"card_number,omitzero"`
}

// Pay pays an order and returns the payment's record. The service's no is a *rest.Rejection.
func (c *Client) Pay(ctx context.Context, charge Charge) (*Payment, error) {
	paid, err := rest.Write[Payment](ctx, c.rest, rest.Call{Method: http.MethodPost, Path: path, Body: charge})
	return paid, rest.While("pay order", err)
}

// Refund pays a payment back and returns its record. The service's no is a *rest.Rejection.
func (c *Client) Refund(ctx context.Context, id record.ID) (*Payment, error) {
	refunded, err := rest.Write[Payment](ctx, c.rest, rest.Call{
		Method: http.MethodPost, Path: rest.Path(path, id) + "/refund", Body: struct{}{},
	})
	return refunded, rest.While("refund payment", err)
}
