package shared

import (
	"fmt"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
	"github.com/concierge-gateway/concierge/redis/redistest"
)

func TestAClusterSharesOneLimit(t *testing.T) {
	t.Parallel() // it mostly waits
	nodes := redistest.Cluster(t, 3)
	all := together(t, 2, setup{servers: nodes, settings: patient()})
	rate := per(300, time.Hour)
	several := func() *charge.Reservation {
		r := &charge.Reservation{Want: 1, Least: 1}
		for key := range 6 { // which lie at all nodes
			r.Charges = append(r.Charges, charge.Charge{Key: text(int64(key)), Rate: rate, Cost: 1})
		}
		return r
	}
	got := exhaust(t, all, several, 60)
	if got > 300 || got < 290 {
		t.Errorf("%d passed of 300", got)
	}
	if got := all[0].metric(t, "errors_total", ""); got != 0 {
		t.Errorf("there were %v failures:\n%s", got, all[0].log)
	}
	redistest.Await(t, "what was taken in vain", func() bool {
		look := several()
		look.Want = 0
		all[0].take(t, look)
		for _, each := range look.Charges {
			if each.Remaining != 300-got {
				return false
			}
		}
		return true
	})
}

func TestAClusterTakesBackWhatAnotherNodeRefuses(t *testing.T) {
	t.Parallel() // it mostly waits
	nodes := redistest.Cluster(t, 3)
	i := together(t, 1, setup{servers: nodes, settings: patient()})[0]
	for n := range 8 {
		large, small := fmt.Sprint("large", n), fmt.Sprint("small", n)
		r := units(10, large, per(100, time.Hour))
		r.Charges = append(r.Charges, units(10, small, per(4, time.Hour)).Charges...)
		if i.take(t, r).Granted != 4 {
			t.Errorf("%d were granted, want 4", r.Granted)
		}
		if remaining := r.Charges[0].Remaining; remaining != 96 {
			t.Errorf("%d remain, want 96", remaining)
		}
		redistest.Await(t, "what was taken in vain", func() bool {
			return i.take(t, units(0, large, per(100, time.Hour))).Charges[0].Remaining == 96
		})
		i.Refund(t.Context(), r, 4)
		redistest.Await(t, "a refund at both nodes", func() bool {
			look := units(0, large, per(100, time.Hour))
			look.Charges = append(look.Charges, units(0, small, per(4, time.Hour)).Charges...)
			i.take(t, look)
			return look.Charges[0].Remaining == 100 && look.Charges[1].Remaining == 4
		})
	}
}
