package main

import (
	"context"
	"fmt"
	"os/exec"
)

// workload is what is asked of some peers, who all give the same answers.
type workload struct {
	title string
	// peers are measured in this order, round after round.
	peers []peer
	// bases are the peers of whose cost the others' is shown as a multiple.
	bases   []string
	targets []target
	// questions asks a peer for everything once, and compares the answers with the right ones.
	questions func(ctx context.Context, s *server) ([]question, error)
}

// question is one of the requests of a load, and the answer to it that was found right.
type question struct {
	request []byte
	answer  []byte
}

// target is the most that a peer shall cost of what another costs.
type target struct {
	peer, of string
	most     float64
}

// workloads are made from the services' records.
func (b *bench) workloads(ctx context.Context) ([]workload, error) {
	pages, err := graphQL(ctx, b.services)
	if err != nil {
		return nil, err
	}
	users, err := rest(ctx, b.services)
	return []workload{pages, users}, err
}

// chosen are the workloads with the peers that are asked for and can be measured here.
func (b *bench) chosen(all []workload) ([]workload, error) {
	var chosen []workload
	for _, w := range all {
		var peers []peer
		for _, p := range w.peers {
			if b.settings.only.MatchString(p.name) && b.canStart(p) {
				peers = append(peers, p)
			}
		}
		w.peers = peers
		if len(peers) > 0 {
			chosen = append(chosen, w)
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("no peer is called %s", b.settings.only)
	}
	return chosen, nil
}

// canStart says of a program that is not on this machine that it is left out.
func (b *bench) canStart(p peer) bool {
	if p.program == "" {
		return true
	}
	if _, err := find(p.program); err != nil {
		fmt.Fprintf(b.out, "%s IS LEFT OUT: %v\n", p.name, err)
		return false
	}
	return true
}

// find looks for a program, among those of the administrator too.
func find(program string) (string, error) {
	if path, err := exec.LookPath("/usr/sbin/" + program); err == nil {
		return path, nil
	}
	return exec.LookPath(program)
}
