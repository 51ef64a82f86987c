package loaders

import (
	"context"
	"fmt"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// Records are the records of a type with these ids, each a pointer to the client's Go type; one that there is not is left out.
// They are read with all else that the request reads.
func (l *Loaders) Records(ctx context.Context, typeName string, ids []record.ID) (map[record.ID]any, error) {
	switch typeName {
	case "User":
		return recordsBy(ctx, l.User, ids)
	case "Order":
		return recordsBy(ctx, l.Order, ids)
	case "Product":
		return recordsBy(ctx, l.Product, ids)
	case "Payment":
		return recordsBy(ctx, l.Payment, ids)
	default:
		return nil, fmt.Errorf("records of type %s cannot be read by id", typeName)
	}
}

func recordsBy[T any](ctx context.Context, from *Loader[record.ID, *T], ids []record.ID) (map[record.ID]any, error) {
	values, err := from.LoadMany(ctx, ids)
	return record.Any(values), err
}
