package memory

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
// may pass, in Unix seconds. The error is of a negative count.
func (s *Store) Increment(_ context.Context, key string, count int64, rate limiter.Rate) (limiter.Context, error) {
	if count < 0 {
		return limiter.Context{}, fmt.Errorf("count %d: less than nothing has passed", count)
	}
	r := single(key, rate)
	r.Want, r.Least = count, count
	s.reserve(r)
	reached := r.Granted < count
	if count != 1 {
		r.Want, r.Least = 0, 0
		s.reserve(r)
	}
	return contextOf(r, reached), nil
}

// Peek counts nothing. It is Reached if one more may not pass.
func (s *Store) Peek(_ context.Context, key string, rate limiter.Rate) (limiter.Context, error) {
	r := single(key, rate)
	s.reserve(r)
	return contextOf(r, r.Charges[0].Wait != 0), nil
}

// Reset forgets what a key has used.
func (s *Store) Reset(_ context.Context, key string, rate limiter.Rate) (limiter.Context, error) {
	s.with(key, func(shard *shard) {
		if e := shard.byKey[key]; e != nil {
			shard.forget(e)
		}
	})
	return limiter.Context{Limit: rate.Limit, Remaining: rate.Limit, Reset: time.Now().Unix()}, nil
}

// single is a reservation of one charge that takes nothing yet.
func single(key string, rate limiter.Rate) *charge.Reservation {
	return &charge.Reservation{Charges: []charge.Charge{{Key: key, Rate: rate, Cost: 1}}}
}

func contextOf(r *charge.Reservation, reached bool) limiter.Context {
	c := &r.Charges[0]
	wait := c.Wait
	if wait == charge.Never {
		wait = c.Rate.Period
	}
	return limiter.Context{Limit: c.Rate.Limit, Remaining: c.Remaining, Reset: ceil(time.Now().Add(wait)), Reached: reached}
}

// ceil is the first whole second, of Unix time, that is not before then.
func ceil(then time.Time) int64 { return then.Add(time.Second - 1).Unix() }
