package exhausted_test

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
	"github.com/concierge-gateway/concierge/ratelimit/shared/exhausted"
)

// left is a reservation of one charge, decided.
func left(key string, remaining int64, wait time.Duration) *charge.Reservation {
	return &charge.Reservation{Charges: []charge.Charge{{Key: key, Remaining: remaining, Wait: wait}}}
}

func TestACounterWithNothingLeftIsKnownUntilItHasAgain(t *testing.T) {
	for name, tt := range map[string]struct {
		then func(*exhausted.Counters)
		want time.Duration
	}{
		"at once":                   {func(*exhausted.Counters) {}, time.Minute},
		"later":                     {func(*exhausted.Counters) { time.Sleep(20 * time.Second) }, 40 * time.Second},
		"at the end":                {func(*exhausted.Counters) { time.Sleep(time.Minute) }, 0},
		"when it was seen":          {func(c *exhausted.Counters) { c.Note(left("key", 1, time.Second)) }, 0},
		"when it is longer":         {func(c *exhausted.Counters) { c.Note(left("key", 0, time.Hour)) }, time.Hour},
		"when it is unknown":        {func(c *exhausted.Counters) { c.Note(left("key", 0, charge.Never)) }, time.Minute},
		"after a refund":            {func(c *exhausted.Counters) { c.Forget("key") }, 0},
		"after a refund of another": {func(c *exhausted.Counters) { c.Forget("other") }, time.Minute},
		"after all are others":      {func(c *exhausted.Counters) { c.Clear() }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := exhausted.New(10)
				c.Note(left("key", 0, time.Minute))
				tt.then(c)
				if got := c.Blocked("key"); got != tt.want {
					t.Errorf("it is blocked for %v, want %v", got, tt.want)
				}
				if got := c.Blocked("another"); got != 0 {
					t.Errorf("another is blocked for %v", got)
				}
			})
		})
	}
}

func TestThereIsRoomForSoManyAndForNewOnesWhenTheyAreOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := exhausted.New(10)
		known := func() (n int) {
			for i := range 40 {
				if c.Blocked(strconv.Itoa(i)) > 0 {
					n++
				}
			}
			return n
		}
		for i := range 20 {
			c.Note(left(strconv.Itoa(i), 0, time.Minute))
		}
		if got := known(); got != 10 {
			t.Errorf("%d are known, want 10", got)
		}
		time.Sleep(time.Minute)
		for i := range 20 {
			c.Note(left(strconv.Itoa(20+i), 0, time.Minute))
		}
		if got := known(); got != 10 {
			t.Errorf("%d are known later, want 10", got)
		}
	})
}

func BenchmarkBlocked(b *testing.B) {
	for name, keys := range map[string]int{"none": 0, "many": 10_000} {
		b.Run(name, func(b *testing.B) {
			c := exhausted.New(10_000)
			for i := range keys {
				c.Note(left(strconv.Itoa(i), 0, time.Hour))
			}
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					c.Blocked("17")
				}
			})
		})
	}
}
