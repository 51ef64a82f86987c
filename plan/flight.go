package plan

import (
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/rest"
)

// flight is a call for records by their ids, and what takes in its answer.
func (r *run) flight(s *source, k *known) (fly, land func()) {
	keys, first := k.ids.board()
	var came rest.Found[record.ID]
	return func() { came = s.ids.Fetch(r.ctx, keys) }, func() {
		for i, key := range keys {
			records := came.Records[key]
			if !s.ids.Many {
				records = records[max(len(records)-1, 0):] // of several records the last counts
			}
			k.ids.answers[first+i] = take(r, &k.ids, k.rows, &came, key, records)
		}
		k.ids.asked = keys[:0]
	}
}

// flightOfParts is a call, or several, for parts of lists.
func (r *run) flightOfParts(s *source, k *known) (fly, land func()) {
	parts, first := k.parts.board()
	var came rest.Found[record.Part]
	return func() { came = s.parts.Fetch(r.ctx, parts) }, func() {
		for i, part := range parts {
			read := take(r, &k.parts, k.rows, &came, part, came.Records[part])
			k.parts.answers[first+i] = read
			if s.primes != nil {
				r.prime(s, k.rows, k.parts.of(read))
			}
		}
		k.parts.asked = parts[:0]
	}
}
