package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// target is the most that a peer shall have of a figure, as a multiple of what another has of it.
type target struct {
	peer, of string
	figure   figure
	most     float64
	// connections is the number with which it is held. 0 is any.
	connections int
}

// figure is one of those that a load yields, and what it is called.
type figure struct {
	name string
	of   func(m measurement) float64
}

func processorTimes() figure { return figure{"CPU time for a request", measurement.cost} }

func medianLatencies() figure {
	return figure{"median latency", func(m measurement) float64 { return m.median }}
}

// report says whether the target was met. It is a figure of one machine at one time, so missing it is no failure.
func (t target) report(out io.Writer, connections int, of func(name string) []measurement) {
	ours, theirs := of(t.peer), of(t.of)
	if len(ours) == 0 || len(theirs) == 0 || (t.connections != 0 && t.connections != connections) {
		return
	}
	found := median(ours, t.figure.of) / median(theirs, t.figure.of)
	fmt.Fprintf(out, "target: %s has at most %.2f times %s's %s: %s, %.2f\n",
		t.peer, t.most, t.of, t.figure.name, verdict(found <= t.most), found)
}

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "not met"
}

// reportCalls says whether the peers made the calls that they promise, in every round. A broken promise fails the run at its end.
func reportCalls(out io.Writer, peers []peer, of func(name string) []measurement) {
	var promised, broken []string
	for _, p := range peers {
		all := of(p.name)
		if p.calls == nil || len(all) == 0 {
			continue
		}
		promised = append(promised, p.promise())
		if slices.ContainsFunc(all, func(m measurement) bool { return m.checkCalls(p) != nil }) {
			broken = append(broken, p.name)
		}
	}
	if len(promised) == 0 {
		return
	}
	kept := verdict(len(broken) == 0)
	if len(broken) > 0 {
		kept += " by " + strings.Join(broken, ", ")
	}
	fmt.Fprintf(out, "target: calls for a request are exactly those promised (%s): %s\n", strings.Join(promised, ", "), kept)
}

// promise is how many calls a peer promises for a request.
func (p peer) promise() string {
	if p.shares {
		return fmt.Sprintf("%s %d at most", p.name, len(p.calls))
	}
	return fmt.Sprintf("%s %d", p.name, len(p.calls))
}
