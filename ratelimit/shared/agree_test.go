package shared

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/rueidis"
	"github.com/ulule/limiter/v3"
	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
	"github.com/concierge-gateway/concierge/ratelimit/window"
	"github.com/concierge-gateway/concierge/redis/redistest"
)

// pair is the two ways to count, of which each must say what the other does. Its clock is set by the test.
type pair struct {
	ctx      context.Context
	client   rueidis.Client
	scripts  scripts
	names    names
	now      int64
	rates    map[string]limiter.Rate
	counters map[string]*window.Counter
}

func (p *pair) reserve(t *rapid.T, all []*charge.Reservation) {
	t.Helper()
	questions := questionsOf(all)
	keys, args := encode(p.names, strconv.FormatInt(p.now, 10), "", questions)
	answer, err := p.scripts.reserve.Exec(p.ctx, p.client, keys, args).AsIntSlice()
	if err == nil {
		err = decode(answer, questions)
	}
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range all {
		counters := make([]*window.Counter, len(r.Charges))
		for n := range r.Charges {
			counters[n] = p.counter(r.Charges[n].Key)
		}
		window.Reserve(p.now, r, counters)
		if diff := cmp.Diff(*r, questions[i].Reservation); diff != "" {
			t.Fatalf("at %d, package window and the script disagree (-window +script):\n%s", p.now, diff)
		}
	}
}

func (p *pair) counter(key string) *window.Counter {
	if p.counters[key] == nil {
		p.counters[key] = &window.Counter{}
	}
	return p.counters[key]
}

func (p *pair) refund(t *rapid.T, r *charge.Reservation, units int64) {
	t.Helper()
	for i := range r.Charges {
		each := &r.Charges[i]
		window.Refund(r, each, p.counter(each.Key), units)
		args := []string{
			strconv.FormatInt(p.now, 10), text(each.Rate.Limit), text(window.Period(each.Rate)), text(r.At),
			text(times(min(units, r.Granted), each.Cost)),
		}
		if err := p.scripts.refund.Exec(p.ctx, p.client, []string{p.names.counter + each.Key}, args).Error(); err != nil {
			t.Fatal(err)
		}
	}
}

// drawn is a reservation over some of the keys.
func (p *pair) drawn(t *rapid.T) *charge.Reservation {
	r := &charge.Reservation{Want: rapid.Int64Range(0, 40).Draw(t, "want"), Force: rapid.IntRange(0, 9).Draw(t, "force") == 0}
	if r.Want > 0 {
		r.Least = rapid.Int64Range(1, r.Want).Draw(t, "least")
	}
	for key := range 3 {
		if name := strconv.Itoa(key); rapid.IntRange(0, 2).Draw(t, "take") > 0 || len(r.Charges) == 0 {
			r.Charges = append(r.Charges, charge.Charge{
				Key: name, Rate: p.rates[name], Cost: rapid.SampledFrom([]int64{1, 1, 2, 7, 1e6, 1e9}).Draw(t, "cost"),
			})
		}
	}
	return r
}

func (p *pair) step(t *rapid.T) {
	longest := time.Duration(0)
	for _, rate := range p.rates {
		longest = max(longest, rate.Period)
	}
	most := longest.Microseconds()
	switch rapid.IntRange(0, 9).Draw(t, "clock") {
	case 0:
		p.now = max(0, p.now-rapid.Int64Range(0, 2*most).Draw(t, "back"))
	case 1:
		p.now += rapid.Int64Range(0, 2*most).Draw(t, "far")
	default:
		p.now += rapid.Int64Range(0, max(1, most/40)).Draw(t, "on")
	}
}

func TestTheScriptCountsAsPackageWindowDoes(t *testing.T) {
	server := redistest.Start(t)
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{server.Address}, DisableCache: true})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	example := 0
	rapid.Check(t, func(t *rapid.T) {
		example++
		p := &pair{
			ctx: context.Background(), client: client, scripts: newScripts(), names: namesOf(fmt.Sprintf("%d:", example)),
			now: 1_800_000_000_000_000, rates: map[string]limiter.Rate{}, counters: map[string]*window.Counter{},
		}
		for key := range 3 {
			p.rates[strconv.Itoa(key)] = limiter.Rate{
				Limit:  rapid.SampledFrom([]int64{1, 3, 32, 33, 100, 1e4, 1e9}).Draw(t, "limit"),
				Period: rapid.SampledFrom([]time.Duration{time.Millisecond, 999 * time.Millisecond, time.Minute, 366 * 24 * time.Hour}).Draw(t, "period"),
			}
		}
		var made []*charge.Reservation
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			p.step(t)
			all := make([]*charge.Reservation, rapid.IntRange(1, 3).Draw(t, "reservations"))
			for i := range all {
				all[i] = p.drawn(t)
			}
			p.reserve(t, all)
			for _, r := range all {
				if r.Granted > 0 {
					made = append(made, r)
				}
			}
			if len(made) > 0 && rapid.IntRange(0, 3).Draw(t, "refund") == 0 {
				r := rapid.SampledFrom(made).Draw(t, "of")
				p.refund(t, r, rapid.Int64Range(1, r.Granted).Draw(t, "units"))
			}
		}
	})
}
