package window_test

import (
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
	"github.com/concierge-gateway/concierge/ratelimit/window"
)

// The counters have as many runs as they come to in use.
func BenchmarkReserve(b *testing.B) {
	for _, many := range []int{1, 4} {
		b.Run(map[int]string{1: "one counter", 4: "four counters"}[many], func(b *testing.B) {
			r := &charge.Reservation{Want: 1, Least: 1}
			counters := make([]*window.Counter, many)
			for i := range counters {
				r.Charges = append(r.Charges, charge.Charge{Rate: rate(1e9, 32*time.Millisecond), Cost: 1})
				counters[i] = new(window.Counter)
			}
			b.ReportAllocs()
			for now := int64(0); b.Loop(); now++ {
				window.Reserve(now, r, counters)
			}
		})
	}
}
