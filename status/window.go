package status

import (
	"math"
	"slices"
	"time"
)

// window is the time between two readings. Without the first there was none.
type window struct{ from, to *reading }

// seconds is how long it is.
func (w window) seconds() float64 {
	if w.from == nil {
		return 0
	}
	return w.to.at.Sub(w.from.at).Seconds()
}

// increase is by how much a series has grown. One that is less than it was has begun anew.
func (w window) increase(family string, key labels) float64 {
	if w.from == nil {
		return 0
	}
	return grown(w.from.of(family, key), w.to.of(family, key))
}

func grown(from, to float64) float64 {
	if to < from {
		return to
	}
	return to - from
}

// sum is by how much all series of a family have grown that are wanted.
func (w window) sum(family string, wanted func(labels) bool) float64 {
	var sum float64
	for key := range w.to.families[family] {
		if wanted(key) {
			sum += w.increase(family, key)
		}
	}
	return sum
}

// rate is an increase by the second, 0 where the window is too short to tell.
func (w window) rate(increase float64) float64 {
	if s := w.seconds(); s > 0 {
		return increase / s
	}
	return 0
}

// latency is how long something took, in seconds. It is nil where nothing was done. Series that are wanted count together.
func (w window) latency(family string, wanted func(labels) bool) *Latency {
	if w.from == nil {
		return nil
	}
	var bounds []float64
	var counts []uint64
	for key, to := range w.to.families[family] {
		if !wanted(key) || to.counts == nil {
			continue
		}
		if counts == nil {
			bounds, counts = to.bounds, make([]uint64, len(to.counts))
		}
		addGrown(counts, w.from.families[family][key], to)
	}
	if len(counts) == 0 || counts[len(counts)-1] == 0 {
		return nil
	}
	return &Latency{P50: quantile(0.5, bounds, counts), P95: quantile(0.95, bounds, counts), P99: quantile(0.99, bounds, counts)}
}

func addGrown(into []uint64, from, to *sample) {
	begun := from == nil || len(from.counts) != len(to.counts) || to.value < from.value
	for i := range min(len(into), len(to.counts)) {
		if begun {
			into[i] += to.counts[i]
		} else if to.counts[i] > from.counts[i] {
			into[i] += to.counts[i] - from.counts[i]
		}
	}
}

// quantile reads a quantile off a histogram, as Prometheus does: observations lie evenly within a bucket. What lies above the
// last bound is shown as that.
func quantile(q float64, bounds []float64, counts []uint64) float64 {
	if len(bounds) == 0 {
		return 0
	}
	rank := q * float64(counts[len(counts)-1])
	i := slices.IndexFunc(counts, func(n uint64) bool { return float64(n) >= rank })
	if i < 0 || i >= len(bounds) {
		return bounds[len(bounds)-1]
	}
	lower, before := 0.0, uint64(0)
	if i > 0 {
		lower, before = bounds[i-1], counts[i-1] //nolint:gosec // i is above 0, and below the length of both
	}
	if counts[i] == before {
		return bounds[i]
	}
	return lower + (bounds[i]-lower)*(rank-float64(before))/float64(counts[i]-before)
}

// share is a part of a whole, nil where there is no whole.
func share(part, whole float64) *float64 {
	if whole <= 0 {
		return nil
	}
	return new(round(min(part/whole, 1), 4))
}

// round keeps so many digits after the point: more only make answers long.
func round(value float64, digits int) float64 {
	scale := math.Pow10(digits)
	return math.Round(value*scale) / scale
}

// shown is a moment as it is shown.
func shown(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
