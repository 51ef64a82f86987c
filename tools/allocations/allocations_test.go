package main

import (
	"slices"
	"strings"
	"testing"
)

const printed = `goos: linux
pkg: example.com/plan
cpu: some
BenchmarkAnswer
BenchmarkAnswer/support         	     100	     41 ns/op	   99.5 scans/op	  1200 B/op	      12 allocs/op
BenchmarkAnswer/support         	     100	     40 ns/op	    1.5 scans/op	  1100 B/op	      14 allocs/op
BenchmarkTimes 	     100	     40 ns/op
PASS
ok  	example.com/plan	0.1s
`

func TestRunsOfOneBenchmarkAreOneResult(t *testing.T) {
	got, err := parse(printed)
	want := []result{{
		pkg: "example.com/plan", name: "BenchmarkAnswer/support", objects: 12, maxObject: 14, bytes: 1100, maxBytes: 1200,
	}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("parse = %+v, %v, want %+v", got, err, want)
	}
	if _, err := parse("BenchmarkX 100 many allocs/op 1 B/op"); err == nil {
		t.Error("a word was read as a number")
	}
}

func TestWhatIsWrittenIsReadAgainAndHolds(t *testing.T) {
	found, err := parse(printed)
	if err != nil {
		t.Fatal(err)
	}
	known, err := parse(written(found))
	if err != nil {
		t.Fatal(err)
	}
	if v := compare(known, found); len(v.wrong)+len(v.less) > 0 {
		t.Errorf("compare = %+v", v)
	}
}

func TestMoreThanWasRecordedIsWrong(t *testing.T) {
	known := []result{{pkg: "p", name: "BenchmarkA", objects: 10, bytes: 1000}}
	for name, c := range map[string]struct {
		found result
		wrong string
	}{
		"as recorded": {result{objects: 10, maxObject: 12, bytes: 1164}, ""},
		"an object more": {
			result{objects: 11, maxObject: 11, bytes: 1000}, "BenchmarkA allocates more: 11 objects and 1000 bytes, and not 10 and 1000",
		},
		"many bytes more":   {result{objects: 10, maxObject: 10, bytes: 1165}, "BenchmarkA allocates more"},
		"another benchmark": {result{name: "BenchmarkB"}, "BenchmarkB was not recorded"},
	} {
		t.Run(name, func(t *testing.T) {
			c.found.pkg = "p"
			if c.found.name == "" {
				c.found.name = "BenchmarkA"
			}
			got := strings.Join(compare(known, []result{c.found}).wrong, "\n")
			if (got == "") != (c.wrong == "") || !strings.Contains(got, c.wrong) {
				t.Errorf("it says %q, want %q", got, c.wrong)
			}
		})
	}
}

func TestABenchmarkThatHasGoneIsWrong(t *testing.T) {
	v := compare([]result{{pkg: "p", name: "BenchmarkA"}}, nil)
	if len(v.wrong) != 1 || !strings.Contains(v.wrong[0], "no such benchmark any more") {
		t.Errorf("it says %q", v.wrong)
	}
}

func TestLessIsSaid(t *testing.T) {
	known, found := result{pkg: "p", name: "BenchmarkA", objects: 10}, result{pkg: "p", name: "BenchmarkA", objects: 8, maxObject: 9}
	v := compare([]result{known}, []result{found})
	if len(v.wrong) != 0 || len(v.less) != 1 {
		t.Errorf("compare = %+v", v)
	}
}

func TestAListNamesPackagesAndBenchmarks(t *testing.T) {
	got, err := readList("# hot parts\n./plan ^BenchmarkAnswer$ # an answer\n\n./auth Remembered\n")
	want := []choice{{"./plan", "^BenchmarkAnswer$"}, {"./auth", "Remembered"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("readList = %v, %v, want %v", got, err, want)
	}
	for _, text := range []string{"", "./plan", "./plan a b", "./plan ("} {
		if _, err := readList(text); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
}
