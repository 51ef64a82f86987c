package status

import (
	"maps"
	"slices"
	"time"

	dto "github.com/prometheus/client_model/go"
)

// labels are the values of the labels that a family is read by, in the order of its row in families.
type labels [3]string

// sample is one number, or the counts of a histogram.
type sample struct {
	value  float64
	counts []uint64 // of observations up to each bound and of all, cumulated
	bounds []float64
}

// reading is what the metrics said at one moment. It never changes.
type reading struct {
	at       time.Time
	families map[string]map[labels]*sample
}

// newReading keeps what the page is made of. Series that differ in other labels are added up.
func newReading(at time.Time, ways map[string]way, gathered []*dto.MetricFamily) *reading {
	r := &reading{at: at, families: make(map[string]map[labels]*sample, len(ways))}
	for _, family := range gathered {
		way, ok := ways[family.GetName()]
		if !ok {
			continue
		}
		kept := make(map[labels]*sample)
		for _, metric := range family.GetMetric() {
			key := way.key(metric)
			into, ok := kept[key]
			if !ok {
				into = new(sample)
				kept[key] = into
			}
			into.add(metric)
		}
		r.families[family.GetName()] = kept
	}
	return r
}

// add adds a series of the same family.
func (s *sample) add(metric *dto.Metric) {
	if h := metric.GetHistogram(); h != nil {
		s.addHistogram(h)
	}
	// One of them is there, and the others are 0.
	s.value += metric.GetCounter().GetValue() + metric.GetGauge().GetValue() + float64(metric.GetSummary().GetSampleCount())
}

func (s *sample) addHistogram(h *dto.Histogram) {
	s.value += float64(h.GetSampleCount())
	if s.counts == nil {
		s.counts = make([]uint64, len(h.GetBucket())+1)
		s.bounds = make([]float64, len(h.GetBucket()))
		for i, bucket := range h.GetBucket() {
			s.bounds[i] = bucket.GetUpperBound()
		}
	}
	for i, bucket := range h.GetBucket() {
		if i < len(s.bounds) {
			s.counts[i] += bucket.GetCumulativeCount()
		}
	}
	s.counts[len(s.counts)-1] += h.GetSampleCount()
}

// of is the value of a series, 0 where there is none.
func (r *reading) of(family string, key labels) float64 {
	if found := r.families[family][key]; found != nil {
		return found.value
	}
	return 0
}

// has reports whether there is such a metric at all.
func (r *reading) has(family string) bool { return len(r.families[family]) > 0 }

// total is the sum of all series of a family.
func (r *reading) total(family string) float64 {
	var sum float64
	for _, each := range r.families[family] {
		sum += each.value
	}
	return sum
}

// keys are the series of a family, in order.
func (r *reading) keys(family string) []labels {
	return slices.SortedFunc(maps.Keys(r.families[family]), func(a, b labels) int { return slices.Compare(a[:], b[:]) })
}

// first are the values of the first label of a family, in order.
func (r *reading) first(family string) []string {
	keys := r.keys(family)
	names := make([]string, 0, len(keys))
	for _, key := range keys {
		names = append(names, key[0])
	}
	return slices.Compact(names)
}
