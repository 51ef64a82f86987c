package balancer

import (
	"context"
	"time"
)

// powerOfTwo takes the better of two at random. That is nearly as good as the best of all, and those who choose at the same
// moment do not all choose the same (Mitzenmacher, The power of two choices in randomized load balancing).
//
// An endpoint of weight 3 beside one of weight 1 counts as three like it: it is drawn three times as often, and has a third of
// its calls to do. Dividing the cost by the weight alone would give it every call while there is little to do.
type powerOfTwo struct {
	random func() float64 // from 0 to less than 1
}

func (p *powerOfTwo) pick(_ context.Context, from tier, now time.Duration) *endpoint {
	if len(from.candidates) == 1 {
		return from.candidates[0].endpoint
	}
	a, b := p.two(from)
	switch standsA, standsB := p.stands(a, now), p.stands(b, now); {
	case standsA && !standsB:
		return a.endpoint
	case standsB && !standsA:
		return b.endpoint
	case b.cost(from.lightest, now) < clearly*a.cost(from.lightest, now):
		return b.endpoint
	default:
		return a.endpoint
	}
}

// clearly is below what part of the other a cost is lower. Averages that differ by less do so by chance, and whoever is called
// less would look quicker for having had fewer slow answers.
const clearly = 0.8

// stands reports whether a candidate takes part this time: always, unless it is warming up.
func (p *powerOfTwo) stands(c *candidate, now time.Duration) bool {
	share := c.warmth.share(now)
	return share == 1 || p.random() < share
}

// two draws two candidates. They differ, unless it is one that counts as several.
func (p *powerOfTwo) two(from tier) (a, b *candidate) {
	all := from.candidates
	if from.even() {
		i, j := int(p.random()*float64(len(all))), int(p.random()*float64(len(all)-1))
		if j >= i {
			j++
		}
		return &all[i], &all[j]
	}
	i := from.draw(p.random()*from.weight, -1)
	return &all[i], &all[from.draw(p.random()*(from.weight-from.lightest), i)]
}

// draw is the candidate at a place on the line of all weights, from which one unit of a candidate that was drawn is gone.
func (t tier) draw(place float64, drawn int) int {
	for i := range t.candidates {
		place -= t.candidates[i].weight
		if i == drawn {
			place += t.lightest
		}
		if place < 0 {
			return i
		}
	}
	return len(t.candidates) - 1
}

// cost is the candidate's latency times what it will have to do, for each part of it that is as large as the lightest.
func (c *candidate) cost(lightest float64, now time.Duration) float64 {
	inFlight := c.inFlight.Load()
	latency, known := c.latency.expected(now)
	switch {
	case known:
	case inFlight == 0:
		return 0 // one call finds out
	case latency == 0:
		latency = float64(stranger)
	}
	return latency * (float64(inFlight)*lightest/c.part(now) + 1)
}

// stranger is the latency of an endpoint that works on its first calls. As long as others are known, it gets no more of them.
const stranger = time.Minute
