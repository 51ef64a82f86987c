package plan

import (
	"cmp"
	"context"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/plan/raw"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/rest"
)

// flightOfParts is a call, or several, for parts of lists.
func (r *run) flightOfParts(ctx context.Context, s *source, k *known) (fly, land func()) {
	parts, places := k.parts.board(r.lane)
	q := &k.parts.queues[r.lane]
	var came rest.Found[record.Part]
	return func() { came = s.parts.Fetch(ctx, parts) }, func() {
		defer q.landed(parts, places)
		if r.landWholeParts(s, k, &came, parts, places) {
			return
		}
		came.Split(ctx)
		for i, part := range parts {
			r.landPart(s, k, places[i], take(r, &k.parts, k.rows, &came, part, came.Records[part]))
		}
	}
}

// landPart takes in the records of a part.
func (r *run) landPart(s *source, k *known, place int, read answer) {
	k.parts.answers[place] = read
	if s.primes != nil {
		r.prime(s, k.rows, k.parts.of(read))
	}
}

// landWholeParts is landWhole for the one part that was asked for, or for the first ones of several lists.
func (r *run) landWholeParts(s *source, k *known, came *rest.Found[record.Part], parts []record.Part, places []int) bool {
	text, ok := came.Whole()
	switch {
	case !ok:
		return false
	case came.KeyedBy() == "":
		return s.keyed && r.landList(s, k, text, places[0])
	default:
		return s.owned && r.landFirsts(s, k, text, parts, places)
	}
}

// landList takes in a list that is the part which was asked for.
func (r *run) landList(s *source, k *known, text jsontext.Value, place int) bool {
	from, ok := k.readLists(text, s.key)
	if ok {
		r.landPart(s, k, place, answer{from: from, to: len(k.parts.rows)})
	}
	return ok
}

// landFirsts takes in lists that may each be longer than the part which was asked for: nobody knows of what is behind it. Their
// records may come in any order; those of one list stay in it.
func (r *run) landFirsts(s *source, k *known, text jsontext.Value, parts []record.Part, places []int) bool {
	from, ok := k.readLists(text, s.owner)
	if !ok {
		return false
	}
	rows := k.parts.rows[from:]
	owner := func(row int) record.ID { return k.rows.ID(row, s.owner) }
	slices.SortStableFunc(rows, func(a, b int) int { return cmp.Compare(owner(a), owner(b)) })
	for i, part := range parts {
		first, _ := slices.BinarySearchFunc(rows, part.Of, func(row int, of record.ID) int { return cmp.Compare(owner(row), of) })
		end := first
		for end < len(rows) && end-first < part.Limit && owner(rows[end]) == part.Of {
			end++
		}
		r.landPart(s, k, places[i], answer{from: from + first, to: from + end})
	}
	return true
}

// readLists reads all records of lists, and is where their rows begin.
func (k *known) readLists(text jsontext.Value, by raw.IDSlot) (from int, ok bool) {
	row, end, ok := k.rows.ReadList(text, by)
	from = len(k.parts.rows)
	for ; row < end; row++ {
		k.parts.rows = append(k.parts.rows, row)
	}
	return from, ok
}
