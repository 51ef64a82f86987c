package ratelimit_test

import (
	"strings"
	"testing"
)

// decisions are what the metrics say that rules decided, without zeros.
func (s *site) decisions(t *testing.T) map[string]float64 {
	t.Helper()
	families, err := s.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]float64)
	for _, family := range families {
		if family.GetName() != "concierge_ratelimit_decisions_total" {
			continue
		}
		for _, metric := range family.GetMetric() {
			labels := make(map[string]string)
			for _, label := range metric.GetLabel() {
				labels[label.GetName()] = label.GetValue()
			}
			if n := metric.GetCounter().GetValue(); n > 0 {
				got[strings.TrimSpace(labels["plan"]+" "+labels["rule"]+" "+labels["outcome"])] = n
			}
		}
	}
	return got
}
