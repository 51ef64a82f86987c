package resolvers

import (
	"context"

	"github.com/concierge-gateway/concierge/loaders"
	"github.com/concierge-gateway/concierge/page"
	"github.com/concierge-gateway/concierge/upstreams/product"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// Product is one product.
func (r *queryResolver) Product(ctx context.Context, id record.ID) (*product.Product, error) {
	return loaders.For(ctx).Product.Load(ctx, id)
}

// Products are all products, or those of one category.
func (r *queryResolver) Products(
	ctx context.Context, first *int32, after *string, category *string,
) (*page.ProductConnection, error) {
	return connection(ctx, r.pages, first, after, loaders.For(ctx).Products, record.Part{Named: given(category)})
}
