package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"sync"
)

// measure runs the benchmarks, several packages at the same time: their times do not matter.
func measure(ctx context.Context, chosen []choice) ([]result, error) {
	found := make([][]result, len(chosen))
	failed := make([]error, len(chosen))
	places := make(chan struct{}, runtime.NumCPU())
	var all sync.WaitGroup
	for i, each := range chosen {
		all.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			found[i], failed[i] = each.run(ctx)
		})
	}
	all.Wait()
	for i, err := range failed {
		if err != nil {
			return nil, fmt.Errorf("%s: %w", chosen[i].pkg, err)
		}
	}
	return slices.Concat(found...), nil
}

// run makes the benchmarks three times. The collector is off, because it empties pools by chance, and there is but one processor,
// because each has a pool of its own.
func (c choice) run(ctx context.Context) ([]result, error) {
	//nolint:gosec // the list is a file of the sources
	command := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", c.benchmarks, "-benchmem",
		"-benchtime", "100x", "-count", "3", "-cpu", "1", c.pkg)
	command.Env = append(os.Environ(), "GOGC=off")
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, said.Bytes())
	}
	results, err := parse(said.String())
	if err == nil && len(results) == 0 {
		err = fmt.Errorf("no benchmark is called %s", c.benchmarks)
	}
	return results, err
}
