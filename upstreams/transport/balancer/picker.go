package balancer

import (
	"context"
	"math/rand/v2"
	"time"
)

// picker is a policy: it chooses one of at least one candidate.
type picker interface {
	pick(ctx context.Context, from tier, now time.Duration) *endpoint
}

func newPicker(balance Balance) picker { //nolint:ireturn // which one is a setting
	switch balance.Policy {
	case RoundRobin:
		return new(roundRobin)
	case ByHash:
		return &byHash{hash: balance.Hash, keyless: &powerOfTwo{random: rand.Float64}}
	default:
		return &powerOfTwo{random: rand.Float64}
	}
}

// candidate is an endpoint that can be picked, and how much of the load it should have.
type candidate struct {
	*endpoint
	weight float64
	warmth warmth
}

// part is the candidate's weight as it is now.
func (c *candidate) part(now time.Duration) float64 { return c.weight * c.warmth.share(now) }

// tier is candidates of whom one is as good as another. It is not changed, so that picks need no lock.
type tier struct {
	candidates []candidate
	lightest   float64 // the least weight
	weight     float64 // of all
}

func newTier(candidates []candidate) tier {
	t := tier{candidates: candidates}
	for i := range candidates {
		weight := candidates[i].weight
		if i == 0 || weight < t.lightest {
			t.lightest = weight
		}
		t.weight += weight
	}
	return t
}

// even reports whether all weights are the same.
func (t tier) even() bool { return t.lightest*float64(len(t.candidates)) == t.weight }

// only are the candidates that a condition holds for.
func (t tier) only(fits func(*endpoint) bool) tier {
	kept := make([]candidate, 0, len(t.candidates))
	for i := range t.candidates {
		if fits(t.candidates[i].endpoint) {
			kept = append(kept, t.candidates[i])
		}
	}
	return newTier(kept)
}
