package balancer

import (
	"strings"
	"testing"
)

func TestEqualEndpointsGetEqualShares(t *testing.T) {
	for name, c := range settings() {
		t.Run(name, func(t *testing.T) {
			for _, weights := range [][]float64{{1, 1}, {1, 1, 1}, {7, 7, 7, 7, 7, 7, 7, 7, 7, 7}} {
				m := newModel(t, c.Policy, weights...)
				m.shared(m.run(c.perSecond, seconds(20_000, c.perSecond)), 0.1, weights...)
			}
		})
	}
}

func TestWeightsHold(t *testing.T) {
	for name, c := range settings() {
		t.Run(name, func(t *testing.T) {
			within := 0.1
			if c.Policy == PowerOfTwo {
				within = 0.2 // it also goes by what it sees
			}
			for _, weights := range [][]float64{{1, 2}, {10, 20, 70}, {5, 1, 1}} {
				m := newModel(t, c.Policy, weights...)
				m.shared(m.run(c.perSecond, seconds(20_000, c.perSecond)), within, weights...)
			}
		})
	}
}

func TestRoundRobinSpreadsTheTurnsOfAnEndpoint(t *testing.T) {
	m := newModel(t, RoundRobin, 5, 1, 1)
	var order strings.Builder
	for range 14 {
		order.WriteString(m.picker.pick(t.Context(), m.tier, 0).name)
	}
	equal(t, "the order", order.String(), "aabacaaaabacaa")
}
