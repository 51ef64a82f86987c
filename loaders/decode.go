package loaders

import (
	"context"

	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/rest"
)

// last fetches by a read, and decodes the record of each key.
func last[T any, K comparable](read *Read[K]) fetch[K, *T] {
	return func(ctx context.Context, keys []K) (map[K]*T, map[K]error) {
		return rest.Last[T](ctx, read.Fetch(ctx, keys))
	}
}

// all fetches by a read, and decodes the list of each key.
func all[T any, K comparable](read *Read[K]) fetch[K, []*T] {
	return func(ctx context.Context, keys []K) (map[K][]*T, map[K]error) {
		return rest.All[T](ctx, read.Fetch(ctx, keys))
	}
}

// priming fetches lists and gives each record to the loader that reads them by id: what a list brought is not asked for again.
func priming[K comparable, T any](
	f fetch[K, []*T], into *Loader[record.ID, *T], id func(*T) record.ID,
) fetch[K, []*T] {
	return func(ctx context.Context, keys []K) (map[K][]*T, map[K]error) {
		values, failed := f(ctx, keys)
		for _, list := range values {
			for _, each := range list {
				into.prime(id(each), each)
			}
		}
		return values, failed
	}
}
