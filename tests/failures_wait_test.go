package tests

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"runtime/pprof"
	"strconv"
	"strings"
	"testing"
	"time"
)

// waitFor asks every few milliseconds until it is so. What says why not.
func waitFor(t *testing.T, what func() string, so func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	next := time.NewTicker(5 * time.Millisecond)
	defer next.Stop()
	for !so() {
		select {
		case <-next.C:
		case <-ctx.Done():
			t.Fatal(what())
		}
	}
}

// label marks the goroutine of a test, and with it all that it begins: so tests that run at the same time can tell theirs apart.
// At the end of the test, none must be left.
func label(t *testing.T) {
	t.Helper()
	pprof.SetGoroutineLabels(pprof.WithLabels(t.Context(), pprof.Labels("test", t.Name())))
	t.Cleanup(func() { settles(t, 1) })
}

// labelled is how many goroutines a test has.
func labelled(t *testing.T) int {
	t.Helper()
	n, _ := goroutines(t)
	return n
}

// steady waits until a test's goroutines rest, and returns how many it then has. What works now and then, as a look-up of a
// name each 20 ms does, has more for a moment: so it is the least of ten looks, once the next ten see the same.
func steady(t *testing.T) int {
	t.Helper()
	const looks = 10
	looked, least, before := 0, math.MaxInt, math.MaxInt
	waitFor(t, func() string { return fmt.Sprintf("goroutines do not rest: %d at least, %d before", least, before) }, func() bool {
		if looked == looks {
			looked, least, before = 0, math.MaxInt, least
		}
		looked++
		least = min(least, labelled(t))
		return looked == looks && least == before
	})
	return least
}

// settles waits until a test has at most so many goroutines.
func settles(t *testing.T, most int) {
	t.Helper()
	waitFor(t, func() string {
		n, stacks := goroutines(t)
		return fmt.Sprintf("%d goroutines are left, want %d at most:\n%s", n, most, stacks)
	}, func() bool { return labelled(t) <= most })
}

// goroutines are those of a test, from the profile in which those of one stack and one label stand together.
func goroutines(t *testing.T) (n int, stacks string) {
	t.Helper()
	var profile bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&profile, 1); err != nil {
		t.Fatal(err)
	}
	_, groups, _ := strings.Cut(profile.String(), "\n") // the first line is a title
	var all strings.Builder
	for group := range strings.SplitSeq(groups, "\n\n") {
		if !strings.Contains(group, fmt.Sprintf("%q:%q", "test", t.Name())) {
			continue
		}
		count, _, _ := strings.Cut(group, " @ ")
		each, err := strconv.Atoi(count)
		if err != nil {
			t.Fatalf("this is no group of goroutines: %v\n%s", err, group)
		}
		n += each
		fmt.Fprintf(&all, "%s\n\n", group)
	}
	return n, all.String()
}
