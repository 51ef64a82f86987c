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
}

func newLoaders(s *Services) *Loaders {
	return &Loaders{
		Users:    newLoader(s.Client, s.User+"/users?ids=", func(u *User) int { return u.ID }),
		Products: newLoader(s.Client, s.Product+"/products?ids=", func(p *Product) int { return p.ID }),
		Payments: newLoader(s.Client, s.Payment+"/payments?order_ids=", func(p *Payment) int { return p.OrderID }),
	}
}

func newLoader[V any](client *http.Client, url string, keyOf func(V) int) *dataloader.Loader[int, V] {
	fetch := func(ctx context.Context, keys []int) []*dataloader.Result[V] {
		values, err := get[[]V](ctx, client, url+join(keys))
		byKey := make(map[int]V, len(values))
		for _, value := range values {
			byKey[keyOf(value)] = value
		}
		results := make([]*dataloader.Result[V], len(keys))
		for i, key := range keys {
			results[i] = &dataloader.Result[V]{Data: byKey[key], Error: err}
		}
		return results
	}
	return dataloader.NewBatchedLoader(fetch, dataloader.WithWait[int, V](wait))
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
