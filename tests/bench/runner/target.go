package main

import (
	"fmt"
	"slices"
	"strings"
)

// target is the most that a peer shall have of a figure, as a multiple of what another has of it, or without another by itself.
type target struct {
	peer, of string
	figure   figure
	most     float64
	// aim is what it shall come to one day. 0 is no other.
	aim float64
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

func callsForEach() figure { return figure{"calls for a request", measurement.callsEach} }

// report says whether the target was met. It is a figure of one machine at one time, so missing it is no failure.
func (t target) report(connections int, of func(name string) []measurement) []string {
	ours := of(t.peer)
	if len(ours) == 0 || (t.connections != 0 && t.connections != connections) {
		return nil
	}
	found := median(ours, t.figure.of)
	most := shares(t.most) + " " + t.figure.name
	if t.of != "" {
		theirs := of(t.of)
		if len(theirs) == 0 {
			return nil
		}
		found /= median(theirs, t.figure.of)
		most = fmt.Sprintf("%s times %s's %s", shares(t.most), t.of, t.figure.name)
	}
	line := fmt.Sprintf("target: %s has at most %s: %s, %s", t.peer, most, verdict(found <= t.most), shares(found))
	if t.aim != 0 {
		line += fmt.Sprintf(" (it aims at %s)", shares(t.aim))
	}
	return []string{line}
}

// shares writes a multiple, and a part in more detail.
func shares(multiple float64) string {
	if multiple < 1 {
		return fmt.Sprintf("%.3f", multiple)
	}
	return fmt.Sprintf("%.2f", multiple)
}

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "not met"
}

// reportCalls says whether the peers made the calls that they promise, in every round. A broken promise fails the run at its end.
func reportCalls(peers []peer, of func(name string) []measurement) []string {
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
		return nil
	}
	kept := verdict(len(broken) == 0)
	if len(broken) > 0 {
		kept += " by " + strings.Join(broken, ", ")
	}
	const form = "target: calls for a request are exactly those promised (%s): %s"
	return []string{fmt.Sprintf(form, strings.Join(promised, ", "), kept)}
}

// promise is how many calls a peer promises for a request.
func (p peer) promise() string {
	if p.shares {
		return fmt.Sprintf("%s %d at most", p.name, len(p.calls))
	}
	return fmt.Sprintf("%s %d", p.name, len(p.calls))
}
