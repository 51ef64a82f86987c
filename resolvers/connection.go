package resolvers

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"github.com/concierge-gateway/concierge/loaders"
	"github.com/concierge-gateway/concierge/page"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// connectionResolver and edgeResolver show what is at hand already. They exist because every field that leads to a load has a
// resolver; gqlgen.yml says why.
type connectionResolver[T any] struct{}

// Nodes are the records of a page.
func (connectionResolver[T]) Nodes(_ context.Context, c *page.Connection[T]) ([]*T, error) {
	return c.Nodes(), nil
}

// Edges are the records of a page with their cursors.
func (connectionResolver[T]) Edges(_ context.Context, c *page.Connection[T]) ([]*page.Edge[T], error) {
	return c.Edges(), nil
}

type edgeResolver[T any] struct{}

// Node is the record that an edge leads to.
func (edgeResolver[T]) Node(_ context.Context, e *page.Edge[T]) (*T, error) { return e.Node, nil }

// connection reads a page of the list that part is of: as many records as the arguments ask for, and one more only where the
// caller wants to know whether there is a next page.
func connection[T any](
	ctx context.Context, limits page.Limits, first *int32, after *string,
	list *loaders.Loader[record.Part, []*T], part record.Part,
) (*page.Connection[T], error) {
	r, err := limits.Range(first, after)
	if err != nil {
		return nil, err
	}
	part.Offset, part.Limit = r.Offset, r.First
	if wantsNextPage(ctx) {
		part.Limit++
	}
	if part.Limit == 0 {
		return page.NewConnection[T](r, nil), nil
	}
	records, err := list.Load(ctx, part)
	if err != nil {
		return nil, err
	}
	return page.NewConnection(r, records), nil
}

// given is what an argument that may be left out says, the zero value where it says nothing.
func given[T any](argument *T) (value T) {
	if argument != nil {
		value = *argument
	}
	return value
}

// wantsNextPage reports whether the connection being resolved was asked for pageInfo.hasNextPage.
func wantsNextPage(ctx context.Context) bool {
	operation, field := graphql.GetOperationContext(ctx), graphql.GetFieldContext(ctx)
	for _, below := range graphql.CollectFields(operation, field.Field.Selections, []string{field.Field.Definition.Type.Name()}) {
		if below.Name != "pageInfo" {
			continue
		}
		for _, info := range graphql.CollectFields(operation, below.Selections, []string{"PageInfo"}) {
			if info.Name == "hasNextPage" {
				return true
			}
		}
	}
	return false
}
