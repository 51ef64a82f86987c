package shared

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/redis/rueidis"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
)

// errUnanswered is of a question that nobody waits for any longer.
var errUnanswered = errors.New("no answer has come in time")

// call is a question that is being asked. It is not bound to who asks: rueidis does not look at a deadline while it dials, nor
// while its queue is full, and what was granted to somebody who has left must be given back.
type call struct {
	all  []*question
	done chan struct{}
	err  error // to be read when it is done

	mu              sync.Mutex
	ended, unwanted bool
}

// ask asks Redis about reservations. It waits at most for within, for as long as Redis is thought to be well, and for ctx.
func (s *Store) ask(ctx context.Context, st *state, within time.Duration, reservations []*charge.Reservation) error {
	c := &call{all: questionsOf(reservations), done: make(chan struct{})}
	if !s.crew.Go(func() { s.run(st, c) }) {
		return errUnanswered
	}
	patience := time.NewTimer(within)
	defer patience.Stop()
	select {
	case <-c.done:
	case <-patience.C:
	case <-ctx.Done():
	case <-st.over:
	}
	if c.leave() {
		return errUnanswered
	}
	if c.err != nil {
		return c.err
	}
	for _, q := range c.all {
		q.answer()
	}
	s.mirror(c.all)
	return nil
}

// leave ends the waiting. It is false if there is an answer.
func (c *call) leave() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unwanted = !c.ended
	return c.unwanted
}

func (c *call) end(err error) (unwanted bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err, c.ended = err, true
	close(c.done)
	return c.unwanted
}

// run asks, and finds out whether Redis is well.
func (s *Store) run(st *state, c *call) {
	ctx, cancel := context.WithTimeout(s.ctx, s.settings.Timeout)
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			s.fail(ctx, st, ctx.Err())
		}
	})
	began := time.Now()
	err := s.exec(ctx, st, c.all)
	inTime := stop()
	switch {
	case err == nil:
		s.metrics.duration.Observe(time.Since(began).Seconds())
	case inTime:
		s.fail(ctx, st, err)
	}
	if c.end(err) && err == nil {
		s.giveBackAll(c.all)
	}
}

// giveBackAll returns what was granted to somebody who had left.
func (s *Store) giveBackAll(all []*question) {
	for _, q := range all {
		for i := range q.Charges {
			if q.Granted > 0 {
				s.correct(q.refund(i, q.Granted))
			}
		}
	}
}

func (s *Store) exec(ctx context.Context, st *state, all []*question) error {
	client := s.client.Connected()
	switch {
	case client == nil:
		return errConnecting
	case client.Mode() == rueidis.ClientModeCluster:
		return s.chain(ctx, client, all)
	default:
		return s.together(ctx, client, st.generation, all)
	}
}

// together asks about all in one round trip.
func (s *Store) together(ctx context.Context, client rueidis.Client, generation string, all []*question) error {
	keys, args := encode(s.names, s.now(), generation, all)
	answer, err := s.scripts.reserve.Exec(ctx, client, keys, args).AsIntSlice()
	if err != nil {
		return err
	}
	return decode(answer, all)
}
