package product

import (
	"context"
	"net/url"

	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/rest"
)

const path = "/products"

// Client calls the product service.
type Client struct{ rest *rest.Client }

// NewClient returns a client that calls through c.
func NewClient(c *rest.Client) *Client { return &Client{rest: c} }

// Query is a part of the list of products.
type Query struct {
	Offset int
	Limit  int
	// Category keeps the products of one category only. Empty keeps all.
	Category string
}

// ByIDs returns the products with these ids. Unknown ids are absent; errors are as of rest.ByKey.
func (c *Client) ByIDs(ctx context.Context, ids []record.ID) (map[record.ID]*Product, error) {
	found, err := rest.ByKey[Product](ctx, c.rest, rest.Lookup{
		Many:   rest.Get(path, nil),
		Param:  "ids",
		Member: "id",
		One:    func(id record.ID) rest.Call { return rest.Get(rest.Path(path, id), nil) },
	}, ids)
	return found, rest.While("get products", err)
}

// List returns a part of all products, or of one category's, by id.
func (c *Client) List(ctx context.Context, q Query) ([]*Product, error) {
	var filter url.Values
	if q.Category != "" {
		filter = url.Values{"category": {q.Category}}
	}
	found, err := rest.List[Product](ctx, c.rest, rest.Get(path, rest.Window(filter, q.Offset, q.Limit)))
	return found, rest.While("list products", err)
}
