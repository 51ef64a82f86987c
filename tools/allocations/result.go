package main

import (
	"fmt"
	"strconv"
	"strings"
)

// result is what one benchmark allocates, over all of its runs. The least and the most differ where something ran beside it.
type result struct {
	pkg, name          string
	objects, maxObject int64
	bytes, maxBytes    int64
}

// How Go writes benchmarks: https://go.dev/design/14313-benchmark-format.
const (
	pkgLine  = "pkg: "
	nameWord = "Benchmark"
)

// parse reads what go test prints, or what was written of it. Several lines of one benchmark are one result.
func parse(text string) ([]result, error) {
	var all []result
	pkg := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if after, ok := strings.CutPrefix(line, pkgLine); ok {
			pkg = after
		}
		if !strings.HasPrefix(line, nameWord) {
			continue
		}
		r, ok, err := parseLine(line)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", line, err)
		}
		if ok {
			r.pkg = pkg
			all = joined(all, r)
		}
	}
	return all, nil
}

// parseLine reads a name, a number of runs, and then values with their units. A line that does not tell what was allocated is no
// result: Go prints the names of benchmarks that print themselves.
func parseLine(line string) (result, bool, error) {
	words := strings.Fields(line)
	r := result{name: words[0], objects: -1, bytes: -1}
	for i := 2; i+1 < len(words); i += 2 {
		var into *int64
		switch words[i+1] {
		case "allocs/op":
			into = &r.objects
		case "B/op":
			into = &r.bytes
		default:
			continue
		}
		var err error
		if *into, err = strconv.ParseInt(words[i], 10, 64); err != nil {
			return r, false, err
		}
	}
	r.maxObject, r.maxBytes = r.objects, r.bytes
	return r, r.objects >= 0 && r.bytes >= 0, nil
}

// joined adds a run to the results.
func joined(all []result, r result) []result {
	for i := range all {
		known := &all[i]
		if known.pkg == r.pkg && known.name == r.name {
			known.objects, known.maxObject = min(known.objects, r.objects), max(known.maxObject, r.objects)
			known.bytes, known.maxBytes = min(known.bytes, r.bytes), max(known.maxBytes, r.bytes)
			return all
		}
	}
	return append(all, r)
}

// written is what is recorded: the most of all runs, and no times, which are those of one machine.
func written(all []result) string {
	var out strings.Builder
	pkg := ""
	for _, r := range all {
		if r.pkg != pkg {
			pkg = r.pkg
			fmt.Fprintf(&out, "%s%s\n", pkgLine, pkg)
		}
		fmt.Fprintf(&out, "%s\t100\t%d B/op\t%d allocs/op\n", r.name, r.maxBytes, r.maxObject)
	}
	return out.String()
}
