package main

import (
	"strings"
	"testing"
)

func TestALatencyIsHeldAgainstItsTargetWithItsNumberOfConnectionsAlone(t *testing.T) {
	w := workload{
		peers:   []peer{{name: nameFloor}, {name: nameConcierge}},
		targets: []target{{peer: nameConcierge, most: 2.6, of: nameFloor, figure: medianLatencies(), connections: 1}},
	}
	var out strings.Builder
	report(&out, w, []int{64, 1}, []measurement{
		{peer: nameFloor, connections: 64, median: 10},
		{peer: nameConcierge, connections: 64, median: 90},
		{peer: nameFloor, connections: 1, median: 0.25},
		{peer: nameConcierge, connections: 1, median: 0.5},
	})
	if got := out.String(); strings.Count(got, "target:") != 1 || !strings.Contains(got, "floor's median latency: met, 2.00") {
		t.Errorf("the report says %s", got)
	}
}

func TestABrokenPromiseIsNamed(t *testing.T) {
	peers := []peer{{name: "one", calls: []string{"user"}}, {name: "other", calls: []string{"user"}}, {name: "third"}}
	for name, c := range map[string]struct {
		calls int64
		want  string
	}{
		"kept":   {10, "(one 1, other 1): met\n"},
		"broken": {11, "(one 1, other 1): not met by other\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			reportCalls(&out, peers, func(peer string) []measurement {
				m := measurement{requests: 10, calls: map[string]int64{"user": 10}}
				if peer == "other" {
					m.calls["user"] = c.calls
				}
				return []measurement{m}
			})
			if !strings.HasSuffix(out.String(), c.want) {
				t.Errorf("it says %q, want it to end with %q", out.String(), c.want)
			}
		})
	}
}

func TestWithoutPromisesNothingIsSaidOfThem(t *testing.T) {
	var out strings.Builder
	reportCalls(&out, []peer{{name: "third"}}, func(string) []measurement { return make([]measurement, 1) })
	if out.Len() > 0 {
		t.Errorf("it says %q", out.String())
	}
}
