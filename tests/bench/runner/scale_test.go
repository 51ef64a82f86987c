package main

import (
	"strings"
	"testing"
)

func TestAPeerHasProcessorsForItselfWhereThereAreAsManyForOthers(t *testing.T) {
	for _, c := range []struct {
		processors, all int
		own, others     string
	}{
		{1, 2, "0-0", "1-1"},
		{2, 2, "0-1", "0-1"},
		{2, 8, "0-1", "2-7"},
		{0, 4, "0-3", "0-3"},
	} {
		if own, others := apart(c.processors, c.all); own != c.own || others != c.others {
			t.Errorf("apart(%d, %d) = %s, %s, want %s, %s", c.processors, c.all, own, others, c.own, c.others)
		}
	}
}

func TestEachStepIsComparedWithTheFirst(t *testing.T) {
	steps := []step{{label: "1"}, {label: "64"}}
	var out strings.Builder
	found := [][]measurement{{{processor: 50}}, {{processor: 100}, {processor: 140}, {processor: 60}}}
	climbed("by connections", "connections", steps, found).print(&out)
	if !strings.Contains(out.String(), "64       100.0  60.0    2.00") {
		t.Errorf("it says %s", out.String())
	}
}
