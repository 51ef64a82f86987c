package main

import (
	"fmt"
	"slices"
)

// report makes a table of a workload for each number of connections, with its targets.
func report(w workload, connections []int, results []measurement) []table {
	var all []table
	for _, n := range connections {
		of := func(name string) []measurement {
			return slices.DeleteFunc(slices.Clone(results), func(m measurement) bool { return m.peer != name || m.connections != n })
		}
		t := costs(w, of)
		t.title = fmt.Sprintf("%s, connections: %d", w.title, n)
		for _, each := range w.targets {
			t.notes = append(t.notes, each.report(n, of)...)
		}
		t.notes = append(t.notes, reportCalls(w.peers, of)...)
		all = append(all, t)
	}
	return all
}

// costs are the lines of a workload's peers.
func costs(w workload, results func(name string) []measurement) table {
	t := table{head: []string{"peer", "CPU µs/req", "best"}}
	for _, name := range w.bases {
		t.head = append(t.head, "×"+name)
	}
	t.head = append(append(t.head, courseHead()...), "others")
	for _, p := range w.peers {
		all := results(p.name)
		cost := processor(all)
		row := []string{p.name, fmt.Sprintf("%.1f", cost), fmt.Sprintf("%.1f", least(all))}
		for _, base := range w.bases {
			row = append(row, ratio(cost, results(base)))
		}
		others := median(all, func(m measurement) float64 { return m.others })
		t.rows = append(t.rows, append(append(row, course(all)...), fmt.Sprintf("%.2f", others)))
	}
	return t
}

// courseHead names what course tells.
func courseHead() []string {
	return []string{"req/s", "p50 ms", "p99 ms", "MiB", "calls/req", "allocs/req", "KB/req"}
}

// course is what else a load was like, beside what it cost.
func course(all []measurement) []string {
	return []string{
		fmt.Sprintf("%.0f", median(all, func(m measurement) float64 { return m.rate })),
		fmt.Sprintf("%.2f", median(all, func(m measurement) float64 { return m.median })),
		fmt.Sprintf("%.2f", median(all, func(m measurement) float64 { return m.slowest })),
		fmt.Sprintf("%.0f", median(all, func(m measurement) float64 { return m.memory })),
		fmt.Sprintf("%.2f", median(all, measurement.callsEach)),
		told(all, "%.1f", func(m measurement) *float64 { return m.objects }),
		told(all, "%.2f", func(m measurement) *float64 { return m.kilobytes }),
	}
}

// ratio is a cost as a multiple of another peer's.
func ratio(cost float64, other []measurement) string {
	if len(other) == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", cost/processor(other))
}

// told is the median of what a peer tells, and a dash for one that does not.
func told(all []measurement, format string, of func(measurement) *float64) string {
	if slices.ContainsFunc(all, func(m measurement) bool { return of(m) == nil }) {
		return "-"
	}
	return fmt.Sprintf(format, median(all, func(m measurement) float64 { return *of(m) }))
}

func (m measurement) cost() float64 { return m.processor }

func (m measurement) callsEach() float64 { return m.allCalls }

func processor(all []measurement) float64 { return median(all, measurement.cost) }

// least is the cost in the round in which it was least.
func least(all []measurement) float64 { return slices.Min(values(all, measurement.cost)) }

func median[T any](all []T, of func(T) float64) float64 {
	sorted := values(all, of)
	slices.Sort(sorted)
	middle := len(sorted) / 2
	if len(sorted)%2 == 0 {
		return (sorted[middle-1] + sorted[middle]) / 2
	}
	return sorted[middle]
}

func values[T any](all []T, of func(T) float64) []float64 {
	list := make([]float64, len(all))
	for i, each := range all {
		list[i] = of(each)
	}
	return list
}
