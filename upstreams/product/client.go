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

// ByIDs returns the products with these ids. Unknown ids are absent; errors are as of rest.ByKey.
func (c *Client) ByIDs(ctx context.Context, ids []record.ID) (map[record.ID]*Product, error) {
	return rest.ByKey[Product](ctx, c.RawByIDs(ctx, ids))
}

// RawByIDs is ByIDs before it is decoded.
func (c *Client) RawByIDs(ctx context.Context, ids []record.ID) rest.Found[record.ID] {
	return c.rest.Find(ctx, rest.Lookup{
		Doing:  "get products",
		Many:   rest.Get(path, nil),
		Param:  "ids",
		Member: "id",
		One:    func(id record.ID) rest.Call { return rest.Get(rest.Path(path, id), nil) },
	}, ids)
}

// List returns a part of all products, or of those of the category that it is named for, by id.
func (c *Client) List(ctx context.Context, part record.Part) ([]*Product, error) {
	return rest.List[Product](ctx, c.RawList(ctx, part), part)
}

// RawList is List before it is decoded.
func (c *Client) RawList(ctx context.Context, part record.Part) rest.Found[record.Part] {
	var filter url.Values
	if part.Named != "" {
		filter = url.Values{"category": {part.Named}}
	}
	return c.rest.Part(ctx, "list products", rest.Get(path, rest.Window(filter, part.Offset, part.Limit)), part)
}
