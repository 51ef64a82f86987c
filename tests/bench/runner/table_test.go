package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestATableIsAPageOfMarkdown(t *testing.T) {
	some := table{
		title: "a query { a_b }", head: []string{"peer", "µs"}, rows: [][]string{{"floor", "1.0"}, {"concierge", "2.0"}},
		notes: []string{"target: met"},
	}
	var out strings.Builder
	some.markdown(&out)
	const want = `## a query \{ a\_b \}

| peer | µs |
|---|---:|
| floor | 1.0 |
| concierge | 2.0 |

- target: met

`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestATableIsReadInATerminal(t *testing.T) {
	var out strings.Builder
	table{title: "costs", head: []string{"peer", "µs"}, rows: [][]string{{"floor", "1.0"}}}.print(&out)
	if diff := cmp.Diff("\ncosts\n\n   peer   µs\n  floor  1.0\n\n", out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestWhatAPeerDoesNotTellIsADash(t *testing.T) {
	three := 3.0
	objects := func(m measurement) *float64 { return m.objects }
	for want, all := range map[string][]measurement{
		"3.0": {{objects: &three}, {objects: &three}},
		"-":   {{objects: &three}, {}},
	} {
		if got := told(all, "%.1f", objects); got != want {
			t.Errorf("told = %s, want %s", got, want)
		}
	}
}
