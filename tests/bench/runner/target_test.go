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
	for _, each := range report(w, []int{64, 1}, []measurement{
		{peer: nameFloor, connections: 64, median: 10},
		{peer: nameConcierge, connections: 64, median: 90},
		{peer: nameFloor, connections: 1, median: 0.25},
		{peer: nameConcierge, connections: 1, median: 0.5},
	}) {
		each.print(&out)
	}
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
		"kept":   {10, "(one 1, other 1): met"},
		"broken": {11, "(one 1, other 1): not met by other"},
	} {
		t.Run(name, func(t *testing.T) {
			got := reportCalls(peers, func(peer string) []measurement {
				m := measurement{requests: 10, calls: map[string]int64{"user": 10}}
				if peer == "other" {
					m.calls["user"] = c.calls
				}
				return []measurement{m}
			})
			if len(got) != 1 || !strings.HasSuffix(got[0], c.want) {
				t.Errorf("it says %q, want it to end with %q", got, c.want)
			}
		})
	}
}

func TestWithoutPromisesNothingIsSaidOfThem(t *testing.T) {
	if got := reportCalls([]peer{{name: "third"}}, func(string) []measurement { return make([]measurement, 1) }); got != nil {
		t.Errorf("it says %q", got)
	}
}

func TestATargetThatNamesNobodyElseIsHeldByItself(t *testing.T) {
	sharing := target{peer: nameSharing, most: 1.7, aim: 1.5, figure: callsForEach()}
	for calls, want := range map[float64]string{
		1.6: "has at most 1.70 calls for a request: met, 1.60 (it aims at 1.50)",
		1.8: "has at most 1.70 calls for a request: not met, 1.80 (it aims at 1.50)",
	} {
		got := sharing.report(64, func(string) []measurement { return []measurement{{allCalls: calls}} })
		if len(got) != 1 || !strings.HasSuffix(got[0], want) {
			t.Errorf("it says %q, want it to end with %q", got, want)
		}
	}
}
