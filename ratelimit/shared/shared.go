// Package shared answers how much may pass now, as far as all instances have counted together in Redis, and what is decided while
// Redis is slow or gone.
//
// A decision is one script in Redis, by Redis's own clock (scripts/). Nobody waits for it longer than Settings.Timeout: then, and
// after any failure, Redis is not asked until it is well again (state.go, keep.go), and each instance decides by itself as the
// charges say (alone.go). So that this lets little more pass:
//
//   - what Redis grants is noted in the local store, by which an instance decides that is alone (mirror.go);
//   - what passed without Redis is counted there before it is asked again; if it has lost its counters, all that is known
//     to have passed (comeback.go).
//
// So in any interval of a period at most twice the limit passes, whenever Redis goes, comes back, or forgets: what Redis granted
// is the limit at most, and what the instances granted alone is theirs together. For that they must know how many they are, and
// more must be allowed than one for each.
//
// A charge with a lease takes from Redis ahead, so that not each request asks (lease.go).
package shared

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/ulule/limiter/v3"

	"github.com/concierge-gateway/concierge/crew"
	"github.com/concierge-gateway/concierge/ratelimit/charge"
	"github.com/concierge-gateway/concierge/ratelimit/shared/exhausted"
	"github.com/concierge-gateway/concierge/redis"
)

// Local is a store of this process. It waits for nobody, and never fails.
type Local interface {
	Reserve(ctx context.Context, within time.Duration, reservations ...*charge.Reservation) error
	Refund(ctx context.Context, r *charge.Reservation, units int64)
	Reset(ctx context.Context, key string, rate limiter.Rate) (limiter.Context, error)
	// Each yields what passed at since or later by the store's clock, in microseconds.
	Each(since int64, yield func(key string, rate limiter.Rate, last, units int64) bool)
	// Now is the store's clock.
	Now() int64
}

// mostExhausted is how many keys are remembered that have nothing left.
const mostExhausted = 100_000

// Store counts in Redis. It is safe for concurrent use. Without Run it decides as if there were no Redis.
type Store struct {
	settings Settings
	client   *redis.Client
	local    Local
	names    names
	scripts  scripts
	metrics  *metrics
	log      *slog.Logger
	id       string        // of this instance
	now      func() string // the time that scripts go by, in microseconds; empty for Redis's own

	ctx  context.Context //nolint:containedctx // it ends with the Store, and with it the questions that nobody waits for
	end  context.CancelFunc
	crew crew.Crew

	health      health
	gate        sync.RWMutex // whoever decides alone holds it, and keeps the counters from being shared again meanwhile
	known       atomic.Int64 // instances
	owed        owed
	stamps      stamps
	leases      leases
	exhausted   *exhausted.Counters
	corrections chan correction
}

// New returns a store that Run connects.
func New(settings Settings, client *redis.Client, local Local, registry prometheus.Registerer, log *slog.Logger) *Store {
	ctx, end := context.WithCancel(context.Background())
	s := &Store{
		settings: settings, client: client, local: local, names: namesOf(client.Prefix()), scripts: newScripts(),
		metrics: newMetrics(registry), log: log, id: rand.Text(), ctx: ctx, end: end,
		now:       func() string { return "" },
		exhausted: exhausted.New(mostExhausted), corrections: make(chan correction, mostCorrections),
	}
	s.health.Store(&state{since: time.Now()})
	s.known.Store(int64(settings.Instances))
	s.leases.open(settings.Leases, s.metrics.leasesOpen)
	return s
}

// Run looks after Redis until ctx ends: it finds out when it can be asked, and gives back what was taken ahead and not used.
func (s *Store) Run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()
	k := &keeper{Store: s}
	var workers sync.WaitGroup
	workers.Go(func() { k.keep(ctx) })
	workers.Go(func() { s.correctAll(ctx) })
	workers.Go(func() { s.endLeases(ctx) })
	workers.Wait()
	s.finish(k)
}

// finish gives back what is left, in the time of one probe.
func (s *Store) finish(k *keeper) {
	ctx, cancel := context.WithTimeout(context.Background(), s.settings.Probe)
	defer cancel()
	for _, answered := range s.leases.asking() { // what they bring goes back too
		select {
		case <-answered:
		case <-ctx.Done():
		}
	}
	for more := true; more && ctx.Err() == nil; {
		more = !s.returnLeases(true)
		for len(s.corrections) > 0 && ctx.Err() == nil {
			s.giveBack(ctx, s.waiting(<-s.corrections))
		}
	}
	if st := s.health.Load(); st.well {
		k.settle(ctx, st)
	}
	k.leave()
}

// Close ends what is still being asked, and Run. The client is the caller's to close, afterwards.
func (s *Store) Close() {
	s.end()
	s.crew.Wait()
}

// Reachable reports whether the counters are shared now.
func (s *Store) Reachable() bool { return s.health.Load().well }

// Blocked is how long a counter will still have nothing left, as far as that is known without asking, and 0 otherwise.
func (s *Store) Blocked(key string) time.Duration { return s.exhausted.Blocked(key) }

// Reserve decides about reservations, in their order. It waits for Redis no longer than within and the Timeout of the settings,
// and decides without it then. The error is ctx's, of a caller who has left: nothing is granted then.
func (s *Store) Reserve(ctx context.Context, within time.Duration, reservations ...*charge.Reservation) error {
	if len(reservations) == 0 {
		return nil
	}
	deadline := time.Now().Add(min(within, s.settings.Timeout))
	tried := within <= 0
	for {
		if err := ctx.Err(); err != nil {
			nothing(reservations)
			return err
		}
		st := s.health.Load()
		if st.well && !tried {
			tried = true
			if s.askLeased(ctx, st, deadline, reservations) == nil {
				s.note(st, reservations)
				return nil
			}
			continue
		}
		if s.alone(tried, reservations) {
			return nil
		}
	}
}

// note remembers what has nothing left, unless that is no longer what counts.
func (s *Store) note(st *state, reservations []*charge.Reservation) {
	for _, r := range reservations {
		s.exhausted.Note(r)
	}
	if s.health.Load() != st {
		s.exhausted.Clear()
	}
}
