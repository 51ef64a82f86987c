package main

import (
	"strings"
	"testing"
)

func TestAllocationsAreReadFromAmongTheMetrics(t *testing.T) {
	const metrics = "# HELP go_memstats_mallocs_total Total number of heap objects.\n# TYPE go_memstats_mallocs_total counter\n" +
		"go_memstats_alloc_bytes_total 1.25e+06\ngo_memstats_alloc_bytes 7\ngo_memstats_mallocs_total 4021\nother{a=\"b c\"} 1\n"
	got, err := readAllocations(strings.NewReader(metrics))
	if err != nil || *got != (allocations{objects: 4021, bytes: 1_250_000}) {
		t.Errorf("readAllocations = %+v, %v", got, err)
	}
	for _, broken := range []string{"go_memstats_mallocs_total 1\n", "go_memstats_mallocs_total x\ngo_memstats_alloc_bytes_total 1\n"} {
		if _, err := readAllocations(strings.NewReader(broken)); err == nil {
			t.Errorf("%q was accepted", broken)
		}
	}
}
