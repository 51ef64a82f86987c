package balancer

import (
	"context"
	"math"
	"time"
)

// byHash sends the same key to the same endpoint as long as that is there: the one with the highest score of the two together
// (Thaler and Ravishankar, rendezvous hashing), where the key of an endpoint that goes is spread over all others, and no other
// key moves. Every gateway comes to the same result.
//
// An endpoint that works on much more than its share is passed over, so that a popular key does not bring it down (Mirrokni,
// Thorup and Zadimoghaddam, Consistent hashing with bounded loads).
type byHash struct {
	hash    Hash
	keyless picker
}

func (h *byHash) pick(ctx context.Context, from tier, now time.Duration) *endpoint {
	key := h.hash.key(ctx)
	if key == "" {
		return h.keyless.pick(ctx, from, now)
	}
	seed, bound := hashOf(key), h.bound(from, now)
	var best *endpoint
	most := 0.0
	for i := range from.candidates {
		c := &from.candidates[i]
		part := c.part(now)
		if score := score(seed, c.hash, part); (best == nil || score > most) && float64(c.inFlight.Load()) < math.Ceil(bound*part) {
			best, most = c.endpoint, score
		}
	}
	if best == nil { // other picks changed the loads meanwhile
		return h.keyless.pick(ctx, from, now)
	}
	return best
}

// bound is how many calls a candidate may work on for each unit of its weight, the next one included.
func (h *byHash) bound(from tier, now time.Duration) float64 {
	inFlight, weight := int64(1), 0.0
	for i := range from.candidates {
		inFlight += from.candidates[i].inFlight.Load()
		weight += from.candidates[i].part(now)
	}
	return float64(inFlight) * float64(h.hash.Load) / 100 / weight
}

// score is higher in proportion to the weight: of two candidates, the one with twice the weight wins two thirds of the keys.
func score(key, endpoint uint64, weight float64) float64 {
	return -weight / math.Log(unit(mix(key^endpoint)))
}

// unit makes a hash a number between 0 and 1, both excluded.
func unit(hash uint64) float64 { return (float64(hash>>11) + 0.5) / (1 << 53) }

// hashOf is FNV-1a, mixed. It must be the same in every gateway, which hash/maphash is not.
func hashOf(text string) uint64 {
	hash := uint64(14695981039346656037)
	for i := range len(text) {
		hash = (hash ^ uint64(text[i])) * 1099511628211
	}
	return mix(hash)
}

// mix lets every bit depend on every other (Steele, Lea and Flood, SplitMix64).
func mix(hash uint64) uint64 {
	hash = (hash ^ hash>>30) * 0xbf58476d1ce4e5b9
	hash = (hash ^ hash>>27) * 0x94d049bb133111eb
	return hash ^ hash>>31
}
