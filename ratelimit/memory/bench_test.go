package memory_test

import (
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
	"github.com/concierge-gateway/concierge/ratelimit/memory"
)

// over is a reservation over so many keys of a caller.
func over(caller, keys int) *charge.Reservation {
	r := units(1, rate(1e9, time.Second))
	for i := range keys {
		r.Charges = append(r.Charges, charge.Charge{
			Key: fmt.Sprintf("rule:%d:a-caller-like-others:%d", i, caller), Rate: rate(1e9, time.Second), Cost: 1,
		})
	}
	return r
}

func BenchmarkReserve(b *testing.B) {
	for _, keys := range []int{1, 2, 4, 16} {
		s := memory.New(memory.DefaultConfig(), nil)
		b.Run(strconv.Itoa(keys)+" keys", func(b *testing.B) {
			r := over(0, keys)
			b.ReportAllocs()
			for b.Loop() {
				reserve(b.Context(), s, r)
			}
		})
		b.Run(strconv.Itoa(keys)+" keys of many callers", func(b *testing.B) {
			all := make([]*charge.Reservation, 4096)
			for i := range all {
				all[i] = over(i, keys)
				reserve(b.Context(), s, all[i])
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				reserve(b.Context(), s, all[i%len(all)])
			}
		})
		b.Run(strconv.Itoa(keys)+" keys in parallel", func(b *testing.B) {
			var callers atomic.Int64
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				r := over(int(callers.Add(1)), keys)
				for pb.Next() {
					reserve(b.Context(), s, r)
				}
			})
		})
	}
}

// What the requests of one busy caller cost, each asked about before as before it is let in: all of them are counted by the same
// two counters.
func BenchmarkOneBusyCaller(b *testing.B) {
	s := memory.New(memory.DefaultConfig(), nil)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		r := over(0, 2)
		for pb.Next() {
			s.Blocked(r.Charges[0].Key)
			reserve(b.Context(), s, r)
		}
	})
}

func BenchmarkAFlood(b *testing.B) {
	s := memory.New(memory.DefaultConfig(), nil)
	flood(b, s, rate(100, time.Hour), 0, 200_000)
	r := units(1, rate(100, time.Hour), "")
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		r.Charges[0].Key = "new:" + strconv.Itoa(i)
		reserve(b.Context(), s, r)
	}
}

func TestKnownKeysCostNoAllocation(t *testing.T) {
	now := time.Duration(0)
	s := memory.New(memory.DefaultConfig(), func() time.Duration { return now })
	r := over(0, 16)
	for range 40 {
		now += time.Second / 32
		reserve(t.Context(), s, r)
	}
	ctx, all := t.Context(), []*charge.Reservation{r}
	if got := testing.AllocsPerRun(100, func() {
		_ = s.Reserve(ctx, 0, all...)
		s.Refund(ctx, r, 1)
	}); got != 0 {
		t.Errorf("a reservation allocates %v times", got)
	}
}
