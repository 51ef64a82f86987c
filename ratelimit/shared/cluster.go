package shared

import (
	"context"
	"slices"
	"strings"

	"github.com/redis/rueidis"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
)

// chain asks a cluster. A script runs at one node, so a reservation whose keys lie at several is made part by part, in an order
// that is the same for all; what was taken of the parts before one that grants less is given back. So never does more pass than
// the limit, and while such a reservation is being made others may be refused what it then gives back.
//
// That a node has lost its counters is found out by the heartbeat, and only of the node that has the generation: others are
// replaced by their replicas.
func (s *Store) chain(ctx context.Context, client rueidis.Client, all []*question) error {
	for _, q := range all {
		if err := s.link(ctx, client, q); err != nil {
			return err
		}
	}
	return nil
}

// link makes one reservation.
func (s *Store) link(ctx context.Context, client rueidis.Client, q *question) error {
	q.Granted, q.At, q.By = q.Want, 0, charge.ByStore
	places := s.places(client, q)
	for n, place := range places {
		part := q.part(place)
		if err := s.together(ctx, client, "", []*question{part}); err != nil {
			s.takeBack(q, places[:n], q.Granted)
			return err
		}
		q.join(part, place)
		if less := q.Granted - part.Granted; less > 0 {
			s.takeBack(q, places[:n], less)
			q.Granted = part.Granted
		}
	}
	if q.Granted == 0 {
		q.At = 0
	}
	return nil
}

// place is the charges of a reservation, by their numbers, whose keys lie together.
type place struct {
	slot    uint16
	charges []int
}

// places are in the order of their slots.
func (s *Store) places(client rueidis.Client, q *question) (places []place) {
	for i := range q.Charges {
		look := client.B().Get().Key(s.names.counter + q.Charges[i].Key).Build()
		slot := look.Slot()
		at := slices.IndexFunc(places, func(p place) bool { return p.slot == slot })
		if at < 0 {
			at = len(places)
			places = append(places, place{slot: slot})
		}
		places[at].charges = append(places[at].charges, i)
	}
	slices.SortFunc(places, func(a, b place) int { return int(a.slot) - int(b.slot) })
	return places
}

// part is what is asked of one place: as much as the places before have granted.
func (q *question) part(p place) *question {
	part := &question{Reservation: charge.Reservation{Want: q.Granted, Least: q.Least, Force: q.Force}}
	for _, i := range p.charges {
		part.Charges = append(part.Charges, q.Charges[i])
	}
	return part
}

func (q *question) join(part *question, p place) {
	if q.ats == nil {
		q.ats = make(map[string]moment, len(q.Charges))
	}
	for n, i := range p.charges {
		q.Charges[i] = part.Charges[n]
		q.ats[q.Charges[i].Key] = moment{redis: part.At}
	}
	if q.At == 0 {
		q.At = part.At
	}
}

// takeBack returns units that were taken at some places.
func (s *Store) takeBack(q *question, places []place, units int64) {
	for _, p := range places {
		for _, i := range p.charges {
			back := q.refund(i, units)
			if back.units <= 0 {
				continue
			}
			s.correct(back)
			q.Charges[i].Remaining = min(q.Charges[i].Remaining+back.units, q.Charges[i].Rate.Limit)
			q.Charges[i].Wait = 0
		}
	}
}

// refund is what it takes to return units of one charge.
func (q *question) refund(i int, units int64) correction {
	each := &q.Charges[i]
	at := q.At
	if own, several := q.ats[each.Key]; several {
		at = own.redis
	}
	return correction{key: strings.Clone(each.Key), rate: each.Rate, at: at, units: times(units, each.Cost)}
}
