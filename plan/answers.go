package plan

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/plan/raw"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/rest"
)

// known is what a run knows of one source, and what it still has to ask.
type known struct {
	rows  *raw.Rows
	ids   keyed[record.ID]
	parts keyed[record.Part]
}

// keyed is what is known by one kind of key.
type keyed[K comparable] struct {
	places  index[K] // of the answers
	answers []answer
	rows    []int
	queues  []queue[K] // by lane
}

// queue is what a lane asks for, and who waits there.
type queue[K comparable] struct {
	asked   []K   // that go with the next level
	places  []int // of their answers
	waiting []waiting
	// delivered is room for the next to wait: while a level's answers are handed out, others begin to wait for the next.
	delivered []waiting
}

// waiting is an edge that waits for an answer, from one instance.
type waiting struct {
	place int
	edge  *edge
	from  int
}

// answer is what came for a key: where its records' rows stand among those of all answers.
type answer struct {
	from, to int
	err      error
	flying   bool
	flight   int // that brought it, where that is of interest
}

// awaitKey takes what is known of a key, or asks for it with the next level.
func awaitKey[K comparable](r *run, of *keyed[K], e *edge, i int, key K) {
	place, asked := of.places.find(key)
	if !asked {
		place = of.want(key, r.lane)
	} else if known := of.answers[place]; !known.flying {
		arrive(r, of, e, i, known)
		return
	}
	q := &of.queues[r.lane]
	q.waiting = append(q.waiting, waiting{place, e, i})
}

// want asks for a key with the lane's next level.
func (k *keyed[K]) want(key K, lane int) (place int) {
	q := &k.queues[lane]
	place = k.note(key, answer{flying: true})
	q.asked, q.places = append(q.asked, key), append(q.places, place)
	return place
}

func (k *keyed[K]) note(key K, a answer) (place int) {
	k.answers = append(k.answers, a)
	return k.places.put(key)
}

// board are the keys that go with a lane's level, and the places of their answers. Those that come later go with the next.
func (k *keyed[K]) board(lane int) (keys []K, places []int) {
	q := &k.queues[lane]
	keys, places = q.asked, q.places
	q.asked, q.places = nil, nil
	return keys, places
}

// landed gives a level's room to the next.
func (q *queue[K]) landed(keys []K, places []int) { q.asked, q.places = keys[:0], places[:0] }

// take reads the records of a key. One that cannot be read fails them all.
func take[K comparable](
	r *run, k *keyed[K], into *raw.Rows, came *rest.Found[K], key K, records []jsontext.Value,
) answer {
	if err := came.Failed[key]; err != nil {
		return answer{err: err}
	}
	from := len(k.rows)
	for _, each := range records {
		row, err := into.Read(each)
		if err != nil {
			return answer{err: came.Unreadable(r.ctx, err)}
		}
		k.rows = append(k.rows, row)
	}
	return answer{from: from, to: len(k.rows)}
}

// of are the rows of an answer.
func (k *keyed[K]) of(a answer) []int { return k.rows[a.from:a.to] }

// prime lets the records of a list answer where they are read by ids, unless somebody asked for them already.
func (r *run) prime(list *source, rows *raw.Rows, read []int) {
	byID := &r.sources[list.primes.index].ids
	for _, row := range read {
		id := rows.ID(row, list.id)
		if _, known := byID.places.find(id); !known {
			byID.rows = append(byID.rows, row)
			byID.note(id, answer{from: len(byID.rows) - 1, to: len(byID.rows)})
		}
	}
}

// deliver hands the answers of a level to the lane's edges that wait for them.
func deliver[K comparable](r *run, k *keyed[K]) {
	q := &k.queues[r.lane]
	waiting := q.waiting
	q.waiting = q.delivered[:0]
	for _, each := range waiting {
		arrive(r, k, each.edge, each.from, k.answers[each.place])
	}
	q.delivered = waiting
}
