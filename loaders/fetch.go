package loaders

import (
	"context"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/concierge-gateway/concierge/upstreams/order"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/rest"
)

// fetchParts reads parts of a list.
type fetchParts = func(ctx context.Context, parts []record.Part) rest.Found[record.Part]

// maxPages bounds the lists that one request reads at the same time.
const maxPages = 16

// pages fetches parts of a list. Each is a call of its own; they go out together.
func pages(list func(context.Context, record.Part) rest.Found[record.Part]) fetchParts {
	one := func(ctx context.Context, parts []record.Part) rest.Found[record.Part] { return list(ctx, parts[0]) }
	return func(ctx context.Context, parts []record.Part) (found rest.Found[record.Part]) {
		if len(parts) == 1 {
			return one(ctx, parts)
		}
		var mu sync.Mutex
		var calls errgroup.Group
		calls.SetLimit(maxPages)
		for i := range parts {
			calls.Go(func() error {
				answer := guardedFetch(ctx, parts[i:i+1], one)
				mu.Lock()
				defer mu.Unlock()
				found.Add(ctx, answer)
				return nil
			})
		}
		_ = calls.Wait() // each part has its own error
		return found
	}
}

// orders fetches parts of the list of orders. The first parts of users' orders go out as one call; the service takes no batch for
// other parts, so each of those is a call of its own. All go out at the same time.
func orders(service *order.Client) fetchParts {
	first, other := firstOrders(service.RawFirstByUserIDs), pages(service.RawList)
	return func(ctx context.Context, parts []record.Part) rest.Found[record.Part] {
		firsts, others := apart(parts)
		switch {
		case len(firsts) == 0:
			return other(ctx, others)
		case len(others) == 0:
			return first(ctx, firsts)
		}
		var both sync.WaitGroup
		var found, more rest.Found[record.Part]
		both.Go(func() { found = guardedFetch(ctx, firsts, first) })
		both.Go(func() { more = guardedFetch(ctx, others, other) })
		both.Wait()
		found.Add(ctx, more)
		return found
	}
}

// apart parts the first parts of lists that belong to records from all others.
func apart(parts []record.Part) (firsts, others []record.Part) {
	firsts = make([]record.Part, 0, len(parts))
	for _, part := range parts {
		if part.Of != 0 && part.Offset == 0 {
			firsts = append(firsts, part)
		} else {
			others = append(others, part)
		}
	}
	return firsts, others
}

type firstByUserIDs func(ctx context.Context, ids []record.ID, each int) rest.Found[record.ID]

// firstOrders asks once for all users, as far down as the longest part goes. Each part is cut out of what comes.
func firstOrders(client firstByUserIDs) fetchParts {
	return func(ctx context.Context, parts []record.Part) rest.Found[record.Part] {
		users, longest := make([]record.ID, len(parts)), 0
		for i, part := range parts {
			users[i], longest = part.Of, max(longest, part.Limit)
		}
		slices.Sort(users)
		return rest.FirstParts(client(ctx, slices.Compact(users), longest), parts)
	}
}
