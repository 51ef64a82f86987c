package rest

import (
	"context"
	"maps"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// Found is what a service answered, undecoded, key by key, once it was split. The zero value is no answer to nothing.
type Found[K comparable] struct {
	// Records are the records of each key, in the service's order; they alias the answer. A key without records is absent, or has an
	// empty list. That each record is JSON is for those to see who read it.
	Records map[K][]jsontext.Value
	// Failed are the keys that there is no answer for, and why, as problems. The others are answered.
	Failed map[K]error

	asked question
	whole unsplit[K] // nil where it was split
}

// question is what a service was asked, as far as more is to be said of its answer.
type question struct {
	client *Client
	doing  string
	call   Call
	forget []func(ctx context.Context) // what was kept of the answer
}

// Unreadable is the problem of an answer that cannot be read, because of err. It counts and logs that: the call itself looked
// like a success. No value of the answer is repeated, and nothing of it is kept any longer.
func (f Found[K]) Unreadable(ctx context.Context, err error) error {
	if f.asked.client == nil { // nobody was asked
		return attempt.BodyProblem(ctx, err)
	}
	for _, each := range f.asked.forget {
		each(ctx)
	}
	return While(f.asked.doing, f.asked.client.unreadable(ctx, f.asked.call, err))
}

// Add takes over the keys of another answer of the same service. Both are split.
func (f *Found[K]) Add(ctx context.Context, other Found[K]) {
	f.Split(ctx)
	other.Split(ctx)
	f.take(other)
	if f.asked.client == nil {
		f.asked = other.asked
		return
	}
	f.asked.forget = slices.Concat(f.asked.forget, other.asked.forget) // neither is changed
}

// take takes over the keys of another answer to the same question.
func (f *Found[K]) take(other Found[K]) {
	if f.Records == nil {
		f.Records = make(map[K][]jsontext.Value, len(other.Records))
	}
	maps.Copy(f.Records, other.Records)
	for key, err := range other.Failed {
		f.Failed = failing(f.Failed, err, key)
	}
}

// EmptyLists gives an empty list to those keys that nothing was found for. What is whole is split, unless it is parts of lists.
func (f *Found[K]) EmptyLists(ctx context.Context, keys []K) {
	if f.whole != nil && f.whole.isLists() {
		return
	}
	f.Split(ctx)
	if f.Records == nil {
		f.Records = make(map[K][]jsontext.Value, len(keys))
	}
	for _, key := range keys {
		if f.Records[key] == nil && f.Failed[key] == nil {
			f.Records[key] = []jsontext.Value{}
		}
	}
}

// failing adds keys that failed for one reason, to a map that is made when it is first needed.
func failing[K comparable](failed map[K]error, err error, keys ...K) map[K]error {
	if failed == nil {
		failed = make(map[K]error)
	}
	for _, key := range keys {
		failed[key] = err
	}
	return failed
}
