package main

import (
	"strings"
	"testing"
	"time"
)

func TestAMeasurementIsForEachRequest(t *testing.T) {
	before := sample{calls: map[string]int64{"user": 5, "order": 5, "product": 5, "payment": 5}}
	after := sample{
		peer: time.Second, services: 500 * time.Millisecond, own: 250 * time.Millisecond, machine: 2750 * time.Millisecond,
		calls: map[string]int64{"user": 9, "order": 9, "product": 9, "payment": 9},
	}
	latencies := []time.Duration{time.Millisecond, 2 * time.Millisecond, 3 * time.Millisecond, 9 * time.Millisecond}
	got := newMeasurement("concierge", 64, before, after, outcome{elapsed: 2 * time.Second, latencies: latencies}, 10<<20)
	if got.processor != 250_000 || got.rate != 2 || got.median != 3 || got.slowest != 9 || got.memory != 10 ||
		got.allCalls != 4 || got.others != 0.5 || got.services != 125_000 {
		t.Errorf("got %+v", got)
	}
	if err := got.checkCalls(peer{calls: serviceNames()}); err != nil {
		t.Errorf("one call to each service for each request: %v", err)
	}
}

func TestACallTooManyOrTooFewBreaksThePromise(t *testing.T) {
	for _, calls := range []int64{999, 1001} {
		m := measurement{
			requests: 1000,
			calls:    map[string]int64{"user": 1000, "order": 1000, "product": calls, "payment": 1000},
		}
		if err := m.checkCalls(peer{calls: serviceNames()}); err == nil || !strings.Contains(err.Error(), "product") {
			t.Errorf("%d calls for 1000 requests: %v, want an error that names the product service", calls, err)
		}
	}
}

func TestACallToAnotherServiceBreaksThePromise(t *testing.T) {
	m := measurement{requests: 10, calls: map[string]int64{"user": 10}}
	if err := m.checkCalls(peer{calls: []string{"user"}}); err != nil {
		t.Errorf("one call to the user service for each request: %v", err)
	}
	m.calls["order"] = 1
	if err := m.checkCalls(peer{calls: []string{"user"}}); err == nil || !strings.Contains(err.Error(), "order") {
		t.Errorf("a call to the order service: %v, want an error that names it", err)
	}
}

func TestTheReportShowsMediansAndRatios(t *testing.T) {
	w := workload{
		title: "questions",
		peers: []peer{{name: nameFloor}, {name: nameConcierge}, {name: namePlain}},
		bases: []string{nameFloor, namePlain, "another"},
		targets: []target{
			{peer: nameConcierge, most: 0.5, of: namePlain, figure: processorTimes()},
			{peer: nameConcierge, most: 0.2, of: namePlain, figure: processorTimes()},
			{peer: nameConcierge, most: 1, of: "another", figure: processorTimes()},
		},
	}
	var results []measurement
	for round, noise := range []float64{1, 3, 1.5} {
		for name, cost := range map[string]float64{nameFloor: 100, nameConcierge: 1000, namePlain: 4000} {
			results = append(results, measurement{peer: name, connections: 64, round: round, processor: cost * noise})
		}
	}
	var out strings.Builder
	report(w, []int{64}, results)[0].print(&out)
	var line []string
	for text := range strings.Lines(out.String()) {
		if fields := strings.Fields(text); len(fields) > 0 && fields[0] == nameConcierge {
			line = fields
		}
	}
	want := []string{nameConcierge, "1500.0", "1000.0", "10.00", "0.25", "-"}
	if len(line) < len(want) || strings.Join(line[:len(want)], " ") != strings.Join(want, " ") {
		t.Errorf("the line is %q, want it to begin with %q", line, want)
	}
	for _, verdict := range []string{
		"at most 0.500 times plain's CPU time for a request: met, 0.250",
		"at most 0.200 times plain's CPU time for a request: not met, 0.250",
	} {
		if !strings.Contains(out.String(), verdict) {
			t.Errorf("the report does not say %q:\n%s", verdict, out.String())
		}
	}
}

func TestWhoSharesCallsMakesFewer(t *testing.T) {
	sharing, none := peer{calls: []string{"product"}, shares: true}, peer{calls: []string{}}
	for calls, want := range map[int64][3]bool{
		0: {false, true, true}, 1: {false, true, false}, 9: {false, true, false}, 10: {true, false, false}, 11: {false, false, false},
	} {
		m := measurement{requests: 10, connections: 1, calls: map[string]int64{"product": calls}}
		several := m
		several.connections = 64
		got := [3]bool{m.checkCalls(sharing) == nil, several.checkCalls(sharing) == nil, m.checkCalls(none) == nil}
		if got != want {
			t.Errorf("with %d calls, the promises are kept: %v, want %v", calls, got, want)
		}
	}
	if err := (measurement{requests: 10, calls: map[string]int64{"user": 1}}).checkCalls(sharing); err == nil {
		t.Error("a call to another service is none that is shared")
	}
}
