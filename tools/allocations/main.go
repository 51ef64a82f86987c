// Allocations answers whether the program's hot parts allocate more than was recorded.
//
// It runs Go benchmarks for a fixed, small number of times, since it is not after their times: what they allocate is nearly the
// same each time and on each machine. It fails where one allocates more objects than was recorded, or a tenth more bytes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "allocations:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("allocations", flag.ContinueOnError)
	list := flags.String("list", "", "the `file` that names the benchmarks (needed)")
	recorded := flags.String("recorded", "", "the `file` with what they allocated, as Go writes benchmarks (needed)")
	record := flags.Bool("record", false, "write that file, and compare nothing")
	if err := flags.Parse(args); err != nil {
		return err
	}
	names, err := os.ReadFile(*list)
	if err != nil {
		return err
	}
	chosen, err := readList(string(names))
	if err != nil {
		return fmt.Errorf("read %s: %w", *list, err)
	}
	found, err := measure(ctx, chosen)
	if err != nil {
		return err
	}
	if *record {
		//nolint:gosec // everybody may read it
		return os.WriteFile(*recorded, []byte(written(found)), 0o644)
	}
	text, err := os.ReadFile(*recorded)
	if err != nil {
		return err
	}
	known, err := parse(string(text))
	if err != nil {
		return fmt.Errorf("read %s: %w", *recorded, err)
	}
	verdict := compare(known, found)
	for _, line := range verdict.less {
		fmt.Println(line)
	}
	if len(verdict.wrong) > 0 {
		return fmt.Errorf("what was recorded in %s does not hold:\n%s\nIf that is meant: make record-allocs",
			*recorded, strings.Join(verdict.wrong, "\n"))
	}
	fmt.Printf("%d benchmarks allocate no more than was recorded\n", len(found))
	return nil
}
