package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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

// workloads are made from the services' records.
func (b *bench) workloads(ctx context.Context) ([]workload, error) {
	var all []workload
	makers := []func(context.Context, *services) (workload, error){
		graphQL, own, ordered, bought, single, rest, hot, record,
	}
	for _, of := range makers {
		made, err := of(ctx, b.services)
		if err != nil {
			return nil, err
		}
		all = append(all, made)
	}
	return all, nil
}

// chosen are the workloads with the peers that are asked for and can be measured here.
func (b *bench) chosen(all []workload) ([]workload, error) {
	var chosen []workload
	for _, w := range all {
		var peers []peer
		for _, p := range w.peers {
			if p.long && b.settings.short {
				continue
			}
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

// canStart says of a peer that lacks something on this machine that it is left out.
func (b *bench) canStart(p peer) bool {
	if err := b.missing(p); err != nil {
		fmt.Fprintf(b.out, "%s IS LEFT OUT: %v\n", p.name, err)
		return false
	}
	return true
}

// missing is what a peer needs and this machine lacks.
func (b *bench) missing(p peer) error {
	if p.program != "" {
		if _, err := find(p.program); err != nil {
			return err
		}
	}
	if p.packages {
		if _, err := os.Stat(filepath.Join(b.settings.node, installed)); err != nil {
			return fmt.Errorf("its packages are not installed: %w", err)
		}
	}
	return nil
}

// find looks for a program, among those of the administrator too.
func find(program string) (string, error) {
	if path, err := exec.LookPath("/usr/sbin/" + program); err == nil {
		return path, nil
	}
	return exec.LookPath(program)
}
