package graph

import (
	"context"
	"net/http"
	"time"

	"github.com/graph-gophers/dataloader/v7"
)

// wait is how long a batch collects keys, as in gqlgen's documentation.
const wait = time.Millisecond

// Loaders batch what one request reads.
type Loaders struct {
	Users    *dataloader.Loader[int, *User]
	Products *dataloader.Loader[int, *Product]
	Payments *dataloader.Loader[int, *Payment]
	OrdersOf *dataloader.Loader[int, []*Order]
}

func newLoaders(s *Services) *Loaders {
	return &Loaders{
		Users:    newLoader(s.Client, s.User+"/users?ids=", func(u *User) int { return u.ID }),
		Products: newLoader(s.Client, s.Product+"/products?ids=", func(p *Product) int { return p.ID }),
		Payments: newLoader(s.Client, s.Payment+"/payments?order_ids=", func(p *Payment) int { return p.OrderID }),
		OrdersOf: newLists(s.Client, s.Order+"/orders?user_ids=", func(o *Order) int { return o.UserID }),
	}
}

func newLoader[V any](client *http.Client, url string, keyOf func(V) int) *dataloader.Loader[int, V] {
	return newLoaderOf(client, url, func(byKey map[int]V, value V) { byKey[keyOf(value)] = value })
}

// newLists loads all records of each key.
func newLists[V any](client *http.Client, url string, keyOf func(V) int) *dataloader.Loader[int, []V] {
	return newLoaderOf(client, url, func(byKey map[int][]V, value V) { byKey[keyOf(value)] = append(byKey[keyOf(value)], value) })
}

func newLoaderOf[V, R any](client *http.Client, url string, take func(byKey map[int]R, value V)) *dataloader.Loader[int, R] {
	fetch := func(ctx context.Context, keys []int) []*dataloader.Result[R] {
		values, err := get[[]V](ctx, client, url+join(keys))
		byKey := make(map[int]R, len(values))
		for _, value := range values {
			take(byKey, value)
		}
		results := make([]*dataloader.Result[R], len(keys))
		for i, key := range keys {
			results[i] = &dataloader.Result[R]{Data: byKey[key], Error: err}
		}
		return results
	}
	return dataloader.NewBatchedLoader(fetch, dataloader.WithWait[int, R](wait))
}

type loadersKey struct{}

// WithLoaders gives each request loaders of its own.
func WithLoaders(s *Services, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := context.WithValue(r.Context(), loadersKey{}, newLoaders(s))
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

func loadersOf(ctx context.Context) *Loaders {
	loaders, _ := ctx.Value(loadersKey{}).(*Loaders)
	return loaders
}
