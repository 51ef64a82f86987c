package rest

import (
	"context"
	"fmt"
	"maps"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// Last decodes the one record of each key. Of several records the last counts, and nobody looks at the others. A record that
// cannot be decoded fails its own key and no other.
func Last[T any, K comparable](ctx context.Context, f Found[K]) (map[K]*T, map[K]error) {
	return decoded(ctx, f, func(records []jsontext.Value) (*T, error) {
		if len(records) == 0 {
			return nil, nil
		}
		return decode[T](records[len(records)-1])
	})
}

// All decodes the records of each key, in the service's order. One that cannot be decoded fails its own key and no other.
func All[T any, K comparable](ctx context.Context, f Found[K]) (map[K][]*T, map[K]error) {
	return decoded(ctx, f, func(records []jsontext.Value) ([]*T, error) {
		list := make([]*T, len(records))
		for i, each := range records {
			var err error
			if list[i], err = decode[T](each); err != nil {
				return nil, err
			}
		}
		return list, nil
	})
}

func decoded[K comparable, V any](
	ctx context.Context, f Found[K], decode func([]jsontext.Value) (V, error),
) (map[K]V, map[K]error) {
	f.Split(ctx)
	values, failed := make(map[K]V, len(f.Records)), maps.Clone(f.Failed)
	for key, records := range f.Records {
		value, err := decode(records)
		if err != nil {
			failed = failing(failed, f.Unreadable(ctx, err), key)
			continue
		}
		values[key] = value
	}
	return values, failed
}

func decode[T any](raw jsontext.Value) (*T, error) {
	value, err := record.Decode[T](raw)
	if err != nil {
		return nil, fmt.Errorf("decode record: %w", err)
	}
	return value, nil
}

// ByKey is Last of a lookup. An error is a KeyErrors: the other keys are answered.
func ByKey[T any](ctx context.Context, f Found[record.ID]) (map[record.ID]*T, error) {
	values, failed := Last[T](ctx, f)
	return values, keyErrors(failed)
}

// ManyByKey is All of a lookup. An error is a KeyErrors: the other keys are answered.
func ManyByKey[T any](ctx context.Context, f Found[record.ID]) (map[record.ID][]*T, error) {
	values, failed := All[T](ctx, f)
	return values, keyErrors(failed)
}

// List is All of one part of a list.
func List[T any](ctx context.Context, f Found[record.Part], part record.Part) ([]*T, error) {
	values, failed := All[T](ctx, f)
	return values[part], failed[part]
}

// Write makes a call that changes something and returns the record it answers with. A reasoned no is a *Rejection.
func Write[T any](ctx context.Context, c *Client, call Call) (*T, error) {
	a, err := c.do(ctx, c.transport, call, 1)
	if err != nil {
		return nil, err
	}
	written, err := decode[T](a.body)
	if err != nil {
		return nil, c.unreadable(ctx, call, err)
	}
	return written, nil
}
