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

// Member is the member of a record that holds its key, as the service names it. Of parts of lists it is the one that says whose
// list the record is in, and empty where the service does not give several lists at once.
func (r *Read[K]) Member() string {
	r.asked.Do(func() { r.member = r.Batching(r.like).Member })
	return r.member
}
