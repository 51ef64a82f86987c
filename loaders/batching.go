package loaders

import (
	"context"

	"github.com/concierge-gateway/concierge/upstreams/rest"
)

// Batching is how Fetch makes its calls for keys like this one. It asks nobody. Parts that begin a list which belongs to a record
// may go together where others do not.
func (r *Read[K]) Batching(like K) rest.Batching {
	return rest.Batched(func(ctx context.Context) { r.fetch(ctx, []K{like}) })
}

// Member is the member of a record that holds its key, as the service names it. It is empty for parts of lists.
func (r *Read[K]) Member() string {
	r.asked.Do(func() {
		var like K
		r.member = r.Batching(like).Member
	})
	return r.member
}
