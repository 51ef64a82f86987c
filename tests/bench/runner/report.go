package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// report prints a table of a workload for each number of connections.
func report(out io.Writer, w workload, connections []int, results []measurement) {
	for _, n := range connections {
		of := func(name string) []measurement {
			return slices.DeleteFunc(slices.Clone(results), func(m measurement) bool { return m.peer != name || m.connections != n })
		}
		fmt.Fprintf(out, "\n%s, connections: %d\n\n", w.title, n)
		table(out, w, of)
		fmt.Fprintln(out)
		for _, t := range w.targets {
			t.report(out, n, of)
		}
		reportCalls(out, w.peers, of)
	}
	fmt.Fprintln(out)
}

func table(out io.Writer, of workload, results func(name string) []measurement) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "peer\tCPU µs/req\tbest\t")
	for _, name := range of.bases {
		fmt.Fprintf(w, "×%s\t", name)
	}
	fmt.Fprintln(w, "req/s\tp50 ms\tp99 ms\tMiB\tcalls/req\tothers\t")
	for _, p := range of.peers {
		all := results(p.name)
		cost := processor(all)
		fmt.Fprintf(w, "%s\t%.1f\t%.1f\t", p.name, cost, slices.Min(values(all, measurement.cost)))
		for _, base := range of.bases {
			fmt.Fprint(w, ratio(cost, results(base)), "\t")
		}
		fmt.Fprintf(w, "%.0f\t%.2f\t%.2f\t%.0f\t%.2f\t%.2f\t\n",
			median(all, func(m measurement) float64 { return m.rate }),
			median(all, func(m measurement) float64 { return m.median }),
			median(all, func(m measurement) float64 { return m.slowest }),
			median(all, func(m measurement) float64 { return m.memory }),
			median(all, func(m measurement) float64 { return m.allCalls }),
			median(all, func(m measurement) float64 { return m.others }))
	}
	_ = w.Flush() // nobody is left to tell when a terminal has gone
}

// ratio is a cost as a multiple of another peer's.
func ratio(cost float64, other []measurement) string {
	if len(other) == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", cost/processor(other))
}

func (m measurement) cost() float64 { return m.processor }

func processor(all []measurement) float64 { return median(all, measurement.cost) }

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
