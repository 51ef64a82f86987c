package status

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestHeavyOperationsAreFoundAmongAnyNumberOfNames(t *testing.T) {
	o := newOperations()
	for i := range 10_000 {
		o.add(Finished{Door: "graphql", Operation: fmt.Sprintf("Random%d", i), Status: 200, Duration: time.Millisecond, Cost: 1})
		if i%10 == 0 {
			o.add(Finished{Door: "graphql", Operation: "Slow", Status: 200, Duration: 10 * time.Millisecond})
			o.add(Finished{Door: "graphql", Operation: "Costly", Status: 502, Duration: time.Microsecond, Cost: 20})
		}
	}
	byTime, byCost := o.lists()
	if byTime[0].Name != "Slow" || byTime[0].Mean != 0.01 || byTime[0].Count != 1000 {
		t.Errorf("got %+v by time", byTime[0])
	}
	if byCost[0].Name != "Costly" || byCost[0].Mean != 20 || byCost[0].Failed != 1000 {
		t.Errorf("got %+v by cost", byCost[0])
	}
	if len(byTime) != maxShown || len(o.time.list) != maxTracked || len(o.byCost.list) != maxTracked {
		t.Errorf("shows %d, remembers %d and %d", len(byTime), len(o.time.list), len(o.byCost.list))
	}
}

// Space-Saving promises that whatever has more than its part of all is there.
func TestNothingHeavyIsMissing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := newRanking()
		weights, all := map[string]float64{}, 0.0
		for range rapid.IntRange(0, 400).Draw(t, "n") {
			name := strconv.Itoa(rapid.IntRange(0, 100).Draw(t, "name"))
			weight := float64(rapid.IntRange(1, 50).Draw(t, "weight"))
			r.add(operationKey{name: name}, weight, false)
			weights[name] += weight
			all += weight
		}
		for name, weight := range weights {
			if _, ok := r.places[operationKey{name: name}]; !ok && weight > all/maxTracked {
				t.Fatalf("%s with %v of %v is missing", name, weight, all)
			}
		}
	})
}

func TestWhatIsLongAgoCountsLess(t *testing.T) {
	o := newOperations()
	now := o.faded
	o.add(Finished{Operation: "Old", Duration: time.Second})
	for range int(halfLife / fadeEvery) {
		now = now.Add(fadeEvery)
		o.fade(now)
	}
	byTime, _ := o.lists()
	if half := byTime[0].Count; half < 0.45 || half > 0.55 {
		t.Errorf("got %v after a half-life, want about 0.5", half)
	}
	for range 100 {
		now = now.Add(fadeEvery)
		o.fade(now)
	}
	if byTime, _ = o.lists(); len(byTime) != 0 {
		t.Errorf("got %v long after", byTime)
	}
}

func TestAddingAnOperationThatIsKnownTakesNoMemory(t *testing.T) {
	o := newOperations()
	f := Finished{Door: "graphql", Operation: "Known", Duration: time.Millisecond, Cost: 3}
	o.add(f)
	if n := testing.AllocsPerRun(100, func() { o.add(f) }); n != 0 {
		t.Errorf("got %v allocations", n)
	}
}

func TestCallersMistakesPushOutNoFailure(t *testing.T) {
	b := New(Parts{})
	b.Finish(Finished{Door: "rest", Operation: "GET /v1/users", Status: 502, Code: "UPSTREAM_ERROR", RequestID: "one"})
	b.Finish(Finished{
		Door: "graphql", Operation: "Mine", Status: 200, Code: "UPSTREAM_TIMEOUT", Fault: true, RequestID: "two",
		Services: []string{"user"},
	})
	for range 1000 {
		b.Finish(Finished{Door: "none", Status: 404, Code: "NOT_FOUND"})
		b.Finish(Finished{Door: "graphql", Status: 200})
	}
	failed, refusals := b.failures.lists()
	var ids []string
	for _, each := range failed {
		ids = append(ids, each.RequestID)
	}
	if diff := cmp.Diff([]string{"two", "one"}, ids); diff != "" {
		t.Error(diff)
	}
	if len(refusals) != maxRefusals {
		t.Errorf("got %d refusals", len(refusals))
	}
	for range 1000 {
		b.Finish(Finished{Status: 500})
	}
	if failed, _ = b.failures.lists(); len(failed) != maxFailures {
		t.Errorf("got %d failures", len(failed))
	}
}

func TestStrangersTextIsShortAndSeen(t *testing.T) {
	for text, want := range map[string]string{
		"Checkout":                    "Checkout",
		"a\nb":                        "a\ufffdb",
		"\u202egnp.exe":               "\ufffdgnp.exe",
		"\x1b[31mred":                 "\ufffd[31mred",
		strings.Repeat("é", 100):      strings.Repeat("é", maxName/2) + "…",
		strings.Repeat("x", 65):       strings.Repeat("x", 64) + "…",
		"a" + strings.Repeat("é", 64): "a" + strings.Repeat("é", 31) + "…",
	} {
		if got := plain(text); got != want || !utf8.ValidString(got) {
			t.Errorf("plain(%q) is %q, want %q", text, got, want)
		}
	}
}

func BenchmarkFinish(b *testing.B) {
	board := New(Parts{})
	f := Finished{Door: "graphql", Operation: "Known", Status: 200, Duration: time.Millisecond, Cost: 3}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			board.Finish(f)
		}
	})
}

func BenchmarkFinishByUnknownNames(b *testing.B) {
	board := New(Parts{})
	names := make([]string, 1000)
	for i := range names {
		names[i] = fmt.Sprint("Random", i)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		board.Finish(Finished{Door: "graphql", Operation: names[i%1000], Status: 200, Duration: time.Millisecond, Cost: 3})
	}
}
