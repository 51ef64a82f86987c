package limit

import (
	"math"
	"time"
)

// kinds knows how long calls usually take, each kind by itself, so that a service that is asked for more of what takes long does
// not look slow. Two kinds may share a place; then they are one.
type kinds [256]kind

// kind is what is known of one kind. Times are natural logarithms: one call of twenty that takes a hundred times as long then
// does not count for more than the nineteen.
type kind struct {
	seen  int     // calls, up to the number that makes it well known
	mean  float64 // of the last calls
	usual float64
	known bool // usual means something
}

const (
	wellKnown = 100 // calls of a kind until its usual time moves slowly
	memory    = 64  // calls that the mean remembers
)

// learn takes in how long a call took, as a logarithm.
func (k *kinds) learn(id uint64, took float64) {
	each := k.of(id)
	each.seen = min(each.seen+1, wellKnown)
	each.mean += (took - each.mean) / float64(min(each.seen, memory))
}

// excess is how much longer than usual a call took, both as logarithms. A kind that is not known yet takes what it takes.
func (k *kinds) excess(id uint64, took float64) float64 {
	each := k.of(id)
	if !each.known {
		return 0
	}
	return took - each.usual
}

// settle lets what is usual follow what was measured: downwards soon, upwards by no more than rise.
func (k *kinds) settle(rise float64) {
	for i := range k {
		each := &k[i]
		switch {
		case each.seen < enough:
		case !each.known, each.seen < wellKnown && rise > 0:
			each.usual, each.known = each.mean, true
		case each.mean < each.usual:
			each.usual += (each.mean - each.usual) / 8
		default:
			each.usual = min(each.mean, each.usual+rise)
		}
	}
}

func (k *kinds) of(id uint64) *kind { return &k[id%uint64(len(k))] }

func logarithm(took time.Duration) float64 { return math.Log(float64(max(took, time.Microsecond))) }
