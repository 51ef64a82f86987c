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
		defer q.landed(keys, places)
		if r.landWhole(s, k, &came, places) {
			return
		}
		came.Split(ctx)
		for i, key := range keys {
			records := came.Records[key]
			if !s.ids.Many {
				records = records[max(len(records)-1, 0):] // of several records the last counts
			}
			k.ids.answers[places[i]] = take(r, &k.ids, k.rows, &came, key, records)
		}
	}
}

// landWhole takes in the answer to keys that have a record each, if nobody has taken it apart and all of it is written as most
// answers are. Of several records of one key the last counts.
func (r *run) landWhole(s *source, k *known, came *rest.Found[record.ID], places []int) bool {
	text, ok := came.Whole()
	if !ok || !s.keyed || s.ids.Many {
		return false
	}
	row, end, ok := k.rows.ReadList(text, s.key)
	if !ok {
		return false
	}
	r.flights++
	for _, place := range places {
		k.ids.answers[place] = answer{flight: r.flights}
	}
	for ; row < end; row++ {
		place, asked := k.ids.places.find(k.rows.ID(row, s.key))
		if !asked || k.ids.answers[place].flight != r.flights {
			continue // nobody asked for it, or not this time
		}
		k.ids.rows = append(k.ids.rows, row)
		n := len(k.ids.rows)
		k.ids.answers[place] = answer{from: n - 1, to: n, flight: r.flights}
	}
	return true
}
