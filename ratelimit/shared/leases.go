package shared

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
)

// leases are those of this instance. One lock is enough: it is held for a few instructions at a time, and for some milliseconds
// at most by who looks at all of them.
type leases struct {
	mu    sync.Mutex
	most  int
	gauge prometheus.Gauge
	byKey map[string]*lease
}

func (l *leases) open(most int, gauge prometheus.Gauge) {
	l.most, l.gauge, l.byKey = most, gauge, make(map[string]*lease)
}

// of is the lease for a charge, nil where there is no room for one more. The lock is held.
func (l *leases) of(each *charge.Charge, ends int64) *lease {
	one := l.byKey[each.Key]
	if one == nil {
		if len(l.byKey) >= l.most {
			return nil
		}
		one = &lease{key: strings.Clone(each.Key), ends: ends}
		l.byKey[one.key] = one
		l.gauge.Set(float64(len(l.byKey)))
	}
	one.rate, one.size = each.Rate, each.Lease
	return one
}

// forget drops a lease. What it has in hand is lost.
func (l *leases) forget(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if one := l.byKey[key]; one != nil {
		l.drop(one)
		one.empty()
	}
}

// asking are the questions that are under way.
func (l *leases) asking() (all []<-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, one := range l.byKey {
		if one.asking != nil {
			all = append(all, one.asking)
		}
	}
	return all
}

func (l *leases) drop(one *lease) {
	one.dead = true
	delete(l.byKey, one.key)
	l.gauge.Set(float64(len(l.byKey)))
}

// soon is when it is gone on with what there was no room for.
const soon = 10 * time.Millisecond

// endLeases gives back what was not used, until ctx ends.
func (s *Store) endLeases(ctx context.Context) {
	turn := max(s.settings.LeaseTime/4, time.Millisecond)
	next := time.NewTimer(turn)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-next.C:
		}
		if s.returnLeases(false) {
			next.Reset(turn)
		} else {
			next.Reset(min(turn, soon))
		}
	}
}

// returnLeases ends leases whose time is over, or all. It is false where so many corrections are waiting that there was no room
// for what some have in hand. They keep it until there is, since what is not given back is lost to their callers for a period.
func (s *Store) returnLeases(all bool) bool {
	s.leases.mu.Lock()
	defer s.leases.mu.Unlock()
	now := s.local.Now()
	for _, one := range s.leases.byKey {
		if !all && now < one.ends {
			continue
		}
		if len(s.corrections) >= mostCorrections/2 { // the rest is for refunds
			return false
		}
		s.giveUp(one, one.empty())
		if one.held == 0 && one.coming == 0 {
			s.leases.drop(one)
		}
	}
	return true
}

// giveUp returns portions that nobody will use.
func (s *Store) giveUp(one *lease, portions []portion) {
	for _, p := range portions {
		s.correct(correction{key: one.key, rate: one.rate, at: p.redis, units: p.n})
		s.local.Refund(context.Background(), &charge.Reservation{
			Charges: []charge.Charge{{Key: one.key, Rate: one.rate, Cost: 1}}, Granted: p.n, At: p.local,
		}, p.n)
	}
}

// fetch asks Redis for tokens of a lease, and least of them at least. The lock of the leases is held; the question is not waited
// for.
func (s *Store) fetch(st *state, one *lease, n, least int64) {
	r := &charge.Reservation{
		Charges: []charge.Charge{{Key: one.key, Rate: one.rate, Cost: 1}}, Want: n, Least: min(least, n),
	}
	done := make(chan struct{})
	if s.crew.Go(func() { s.fetchNow(st, one, r, done) }) {
		one.coming += n
		one.asking = done
	}
}

func (s *Store) fetchNow(st *state, one *lease, r *charge.Reservation, done chan struct{}) {
	err := s.ask(s.ctx, st, s.settings.Timeout, []*charge.Reservation{r})
	known, _ := s.stamps.get(r.At)
	taken := portion{moment{redis: r.At, local: known.local}, r.Granted}

	s.leases.mu.Lock()
	defer s.leases.mu.Unlock()
	defer close(done)
	one.coming -= r.Want
	one.asking = nil
	switch {
	case err != nil:
		return
	case one.dead && r.Granted > 0:
		s.giveUp(one, []portion{taken})
		return
	case r.Granted > 0:
		one.put(taken)
	}
	now := s.local.Now()
	one.ends = now + s.settings.LeaseTime.Microseconds()
	one.learn(r, now)
}
