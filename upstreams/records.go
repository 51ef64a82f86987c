package upstreams

import (
	"context"
	"fmt"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// Records are the records of a type of the schema with these ids, each a pointer to the client's Go type. One that there is not
// is left out. They are asked for in one call, or as many as the service's largest batch makes of it.
func (s *Services) Records(ctx context.Context, typeName string, ids []record.ID) (map[record.ID]any, error) {
	switch typeName {
	case "User":
		return recordsBy(ctx, s.User.ByIDs, ids)
	case "Order":
		return recordsBy(ctx, s.Order.ByIDs, ids)
	case "Product":
		return recordsBy(ctx, s.Product.ByIDs, ids)
	case "Payment":
		return recordsBy(ctx, s.Payment.ByIDs, ids)
	default:
		return nil, fmt.Errorf("records of type %s cannot be read by id", typeName)
	}
}

func recordsBy[T any](
	ctx context.Context, byIDs func(context.Context, []record.ID) (map[record.ID]*T, error), ids []record.ID,
) (map[record.ID]any, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	values, err := byIDs(ctx, ids)
	if err != nil {
		return nil, err // also where some of them came
	}
	return record.Any(values), nil
}

// TypeServices are the services, by the types of the schema whose records Records finds there by id.
func TypeServices() map[string]string {
	return map[string]string{"User": "user", "Order": "order", "Product": "product", "Payment": "payment"}
}
