package rest

import "context"

// Batching is how keys become calls.
type Batching struct {
	// Service is the name of the service that is called.
	Service string
	// Max is the most keys of one call.
	Max int
	// Member is the member of a record that holds its key, such as user_id. It is empty where the keys are parts of lists.
	Member string
}

// Calls is how many calls so many keys take.
func (b Batching) Calls(keys int) int {
	if b.Max < 1 || keys < 1 {
		return 0
	}
	return 1 + (keys-1)/b.Max
}

// Batched finds out how a fetch makes its calls. The fetch is run, and must go on with the context that it is given: there, Find
// and Part say what they would do, and do nothing. A fetch that asks in several ways is described by the last of them, and one
// that asks for nothing by the zero value.
func Batched(fetch func(ctx context.Context)) Batching {
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // no call that goes another way leaves
	var seen Batching
	fetch(context.WithValue(ctx, batchingKey{}, &seen))
	return seen
}

type batchingKey struct{}

// described notes how calls would be made, where nothing else is wanted to be known.
func described(ctx context.Context, how Batching) bool {
	seen, asked := ctx.Value(batchingKey{}).(*Batching)
	if asked {
		*seen = how
	}
	return asked
}
