package plan

import (
	"context"

	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/rest"
)

// flight is a call for records by their ids, and what takes in its answer.
func (r *run) flight(ctx context.Context, s *source, k *known) (fly, land func()) {
	keys, places := k.ids.board(r.lane)
	q := &k.ids.queues[r.lane]
	var came rest.Found[record.ID]
	return func() { came = s.ids.Fetch(ctx, keys) }, func() {
		for i, key := range keys {
			records := came.Records[key]
			if !s.ids.Many {
				records = records[max(len(records)-1, 0):] // of several records the last counts
			}
			k.ids.answers[places[i]] = take(r, &k.ids, k.rows, &came, key, records)
		}
		q.landed(keys, places)
	}
}

// flightOfParts is a call, or several, for parts of lists.
func (r *run) flightOfParts(ctx context.Context, s *source, k *known) (fly, land func()) {
	parts, places := k.parts.board(r.lane)
	q := &k.parts.queues[r.lane]
	var came rest.Found[record.Part]
	return func() { came = s.parts.Fetch(ctx, parts) }, func() {
		for i, part := range parts {
			read := take(r, &k.parts, k.rows, &came, part, came.Records[part])
			k.parts.answers[places[i]] = read
			if s.primes != nil {
				r.prime(s, k.rows, k.parts.of(read))
			}
		}
		q.landed(parts, places)
	}
}
