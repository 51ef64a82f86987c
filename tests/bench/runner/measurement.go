package main

import (
	"fmt"
	"slices"
	"time"
)

// measurement is what one load cost.
type measurement struct {
	peer        string
	connections int
	round       int

	requests  int
	processor float64 // of the peer, µs for each request
	rate      float64 // requests/s
	median    float64 // latency, ms
	slowest   float64 // the 99th of 100, ms
	memory    float64 // peak, MiB
	calls     map[string]int64
	allCalls  float64 // for each request
	others    float64 // processors that others used
	services  float64 // µs for each request
	client    float64 // the same
	// objects and kilobytes are what the peer allocated for each request: nil where it does not tell.
	objects, kilobytes *float64
}

func newMeasurement(peer string, connections int, before, after sample, seen outcome, peak int64) measurement {
	requests := len(seen.latencies)
	each := func(d time.Duration) float64 { return float64(d.Microseconds()) / float64(requests) }
	m := measurement{
		peer:        peer,
		connections: connections,
		requests:    requests,
		processor:   each(after.peer - before.peer),
		rate:        float64(requests) / seen.elapsed.Seconds(),
		median:      milliseconds(seen.quantile(0.50)),
		slowest:     milliseconds(seen.quantile(0.99)),
		memory:      float64(peak) / (1 << 20),
		calls:       make(map[string]int64),
		services:    each(after.services - before.services),
		client:      each(after.own - before.own),
	}
	for name, count := range after.calls {
		m.calls[name] = count - before.calls[name]
		m.allCalls += float64(m.calls[name]) / float64(requests)
	}
	if before.allocated != nil && after.allocated != nil {
		objects := (after.allocated.objects - before.allocated.objects) / float64(requests)
		kilobytes := (after.allocated.bytes - before.allocated.bytes) / 1000 / float64(requests)
		m.objects, m.kilobytes = &objects, &kilobytes
	}
	ours := (after.peer - before.peer) + (after.services - before.services) + (after.own - before.own)
	m.others = max(0, (after.machine-before.machine-ours).Seconds()/seen.elapsed.Seconds())
	return m
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// checkCalls holds what a peer promises: one call for each request to each of some services, or fewer where requests share calls
// that come at the same time, and none to others.
func (m measurement) checkCalls(p peer) error {
	for _, name := range serviceNames() {
		most := 0
		if slices.Contains(p.calls, name) {
			most = m.requests
		}
		least := most
		if p.shares && most > 0 && m.connections > 1 {
			least, most = 0, most-1
		}
		if n := m.calls[name]; n < int64(least) || n > int64(most) {
			return fmt.Errorf("%s made %d calls to the %s service, and should have made %d to %d, with %d connections in round %d",
				m.peer, n, name, least, most, m.connections, m.round)
		}
	}
	return nil
}

// String is a line for those who watch.
func (m measurement) String() string {
	return fmt.Sprintf("round %d  %-18s %3d connections  %8.1f µs/request  %7.0f/s  %5.2f calls/request  %.2f others%s"+
		"  (services %.0f µs, client %.0f µs)",
		m.round, m.peer, m.connections, m.processor, m.rate, m.allCalls, m.others, m.allocations(), m.services, m.client)
}

// allocations are said where the peer tells.
func (m measurement) allocations() string {
	if m.objects == nil {
		return ""
	}
	return fmt.Sprintf("  %.1f allocs/request  %.2f KB/request", *m.objects, *m.kilobytes)
}
