package loaders

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/upstreams/order"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/rest"
)

// byKey fetches by a client's batch method.
func byKey[V any](client func(context.Context, []record.ID) (map[record.ID]V, error)) fetch[record.ID, V] {
	return func(ctx context.Context, keys []record.ID) (map[record.ID]V, map[record.ID]error) {
		values, err := client(ctx, keys)
		return values, keyErrors(keys, err)
	}
}

// keyErrors is a batch method's error key by key.
func keyErrors(keys []record.ID, err error) map[record.ID]error {
	if err == nil {
		return nil
	}
	if failed, ok := errors.AsType[rest.KeyErrors](err); ok {
		return failed
	}
	return eachKey(keys, err)
}

// maxPages bounds the lists that one request reads at the same time.
const maxPages = 16

// pages fetches lists. Each is a call of its own; they go out together.
func pages[Q comparable, V any](client func(context.Context, Q) ([]V, error)) fetch[Q, []V] {
	return func(ctx context.Context, queries []Q) (map[Q][]V, map[Q]error) {
		var mu sync.Mutex
		values, failed := make(map[Q][]V, len(queries)), make(map[Q]error)
		var calls errgroup.Group
		calls.SetLimit(maxPages)
		for _, query := range queries {
			calls.Go(func() error {
				var list []V
				err := problem.Guard(func() (err error) {
					list, err = client(ctx, query)
					return err
				})
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					failed[query] = err
				} else {
					values[query] = list
				}
				return nil
			})
		}
		_ = calls.Wait() // each query has its own error
		return values, failed
	}
}

// priming fetches records and gives each to the loader that reads them by id: what a list brought is not asked for again.
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

// ordersOfUsers fetches parts of users' orders. The first parts go out as one call; the service takes no batch for parts further
// down, so each of those is a list of its own.
func ordersOfUsers(service *order.Client) fetch[order.Query, []*order.Order] {
	fetchFirst := firstOrders(service.FirstByUserIDs)
	fetchFurther := pages(service.List)
	return func(ctx context.Context, queries []order.Query) (map[order.Query][]*order.Order, map[order.Query]error) {
		var first, further []order.Query
		for _, q := range queries {
			if q.Offset == 0 {
				first = append(first, q)
			} else {
				further = append(further, q)
			}
		}
		if len(further) == 0 {
			return fetchFirst(ctx, first)
		}
		values, failed := fetchFurther(ctx, further)
		if len(first) > 0 {
			firstValues, firstFailed := fetchFirst(ctx, first)
			maps.Copy(values, firstValues)
			maps.Copy(failed, firstFailed)
		}
		return values, failed
	}
}

type firstByUserIDs func(ctx context.Context, ids []record.ID, each int) (map[record.ID][]*order.Order, error)

// firstOrders asks once for all users, as far down as the longest part goes, and cuts each part out of what came.
func firstOrders(client firstByUserIDs) fetch[order.Query, []*order.Order] {
	return func(ctx context.Context, queries []order.Query) (map[order.Query][]*order.Order, map[order.Query]error) {
		users, longest := make(map[record.ID]bool), 0
		for _, q := range queries {
			users[q.UserID] = true
			longest = max(longest, q.Limit)
		}
		ids := slices.Collect(maps.Keys(users))
		found, err := client(ctx, ids, longest)
		failedUsers := keyErrors(ids, err)
		values, failed := make(map[order.Query][]*order.Order, len(queries)), make(map[order.Query]error)
		for _, q := range queries {
			if err := failedUsers[q.UserID]; err != nil {
				failed[q] = err
				continue
			}
			list := found[q.UserID]
			values[q] = list[:min(len(list), q.Limit)]
		}
		return values, failed
	}
}
