package telemetry

import (
	"strings"

	dto "github.com/prometheus/client_model/go"
)

// join adds to what one part has of a series what the part before it has, which stays as it is. What only grows is summed up, and
// so is what is under way; of everything else, the later part knows better.
func join(of *dto.MetricFamily, before, after *dto.Metric) {
	switch {
	case after.GetCounter() != nil && before.GetCounter() != nil:
		joinCounters(before.GetCounter(), after.GetCounter())
	case after.GetHistogram() != nil && before.GetHistogram() != nil:
		joinHistograms(before.GetHistogram(), after.GetHistogram())
	case after.GetGauge() != nil && before.GetGauge() != nil && strings.HasSuffix(of.GetName(), "_in_flight"):
		after.GetGauge().Value = new(after.GetGauge().GetValue() + before.GetGauge().GetValue())
	}
}

func joinCounters(before, after *dto.Counter) {
	after.Value = new(after.GetValue() + before.GetValue())
	after.Exemplar = later(before.GetExemplar(), after.GetExemplar())
	after.CreatedTimestamp = before.GetCreatedTimestamp()
}

// joinHistograms joins what is counted in the same buckets. Other buckets begin anew.
func joinHistograms(before, after *dto.Histogram) {
	if !alike(before, after) {
		return
	}
	after.SampleCount = new(after.GetSampleCount() + before.GetSampleCount())
	after.SampleSum = new(after.GetSampleSum() + before.GetSampleSum())
	after.CreatedTimestamp = before.GetCreatedTimestamp()
	for i, bucket := range after.GetBucket() {
		bucket.CumulativeCount = new(bucket.GetCumulativeCount() + before.GetBucket()[i].GetCumulativeCount())
		bucket.Exemplar = later(before.GetBucket()[i].GetExemplar(), bucket.GetExemplar())
	}
}

func alike(a, b *dto.Histogram) bool {
	if len(a.GetBucket()) != len(b.GetBucket()) || a.Schema != nil || b.Schema != nil {
		return false
	}
	for i, bucket := range a.GetBucket() {
		if bucket.GetUpperBound() != b.GetBucket()[i].GetUpperBound() {
			return false
		}
	}
	return true
}

// later is the later of two exemplars, of which either may be missing.
func later(before, after *dto.Exemplar) *dto.Exemplar {
	if after == nil || before != nil && before.GetTimestamp().AsTime().After(after.GetTimestamp().AsTime()) {
		return before
	}
	return after
}
