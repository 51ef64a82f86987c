package shared

import (
	"context"
	"fmt"
	"time"

	"github.com/ulule/limiter/v3"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
)

// Get counts one, if it may pass.
func (s *Store) Get(ctx context.Context, key string, rate limiter.Rate) (limiter.Context, error) {
	return s.Increment(ctx, key, 1, rate)
}

// Increment counts so many if they may all pass; otherwise it counts nothing, and the limit is Reached. Reset is when one more
// may pass, in Unix seconds. The error is of a negative count, or of a caller who has left.
func (s *Store) Increment(ctx context.Context, key string, count int64, rate limiter.Rate) (limiter.Context, error) {
	if count < 0 {
		return limiter.Context{}, fmt.Errorf("count %d: less than nothing has passed", count)
	}
	take, look := single(key, rate, count), single(key, rate, 0)
	if err := s.Reserve(ctx, s.settings.Timeout, take, look); err != nil {
		return limiter.Context{}, err
	}
	return contextOf(look, take.Granted < count), nil
}

// Peek counts nothing. It is Reached if one more may not pass.
func (s *Store) Peek(ctx context.Context, key string, rate limiter.Rate) (limiter.Context, error) {
	look := single(key, rate, 0)
	if err := s.Reserve(ctx, s.settings.Timeout, look); err != nil {
		return limiter.Context{}, err
	}
	return contextOf(look, look.Charges[0].Wait != 0), nil
}

// Reset forgets what a key has used, here and in Redis. The error is of a Redis that did not do it.
func (s *Store) Reset(ctx context.Context, key string, rate limiter.Rate) (limiter.Context, error) {
	s.exhausted.Forget(key)
	s.leases.forget(key)
	state, err := s.local.Reset(ctx, key, rate)
	if err != nil {
		return state, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.settings.Timeout)
	defer cancel()
	client, err := s.client.Connect(ctx)
	if err == nil {
		err = client.Do(ctx, client.B().Del().Key(s.names.counter+key).Build()).Error()
	}
	if err != nil {
		return state, fmt.Errorf("forget a counter in Redis: %w", err)
	}
	return state, nil
}

// single is a reservation of one charge.
func single(key string, rate limiter.Rate, want int64) *charge.Reservation {
	return &charge.Reservation{Charges: []charge.Charge{{Key: key, Rate: rate, Cost: 1}}, Want: want, Least: want}
}

func contextOf(look *charge.Reservation, reached bool) limiter.Context {
	c := &look.Charges[0]
	wait := c.Wait
	if wait == charge.Never {
		wait = c.Rate.Period
	}
	reset := time.Now().Add(wait + time.Second - 1).Unix() // the first whole second that is not before then
	return limiter.Context{Limit: c.Rate.Limit, Remaining: c.Remaining, Reset: reset, Reached: reached}
}
