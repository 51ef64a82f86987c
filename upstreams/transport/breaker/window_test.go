package breaker

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestAWindowLooksBackOverNineToTenTenthsOfItsLength(t *testing.T) {
	start := time.Now()
	for _, tt := range []struct {
		then, now time.Duration
		want      int // calls, of which the last is from now
	}{
		{0, 0, 2},
		{0, 9 * time.Second, 2},
		{0, 9999 * time.Millisecond, 2},
		{0, 10 * time.Second, 1},
		{999 * time.Millisecond, 10 * time.Second, 1}, // the end of the first bucket: nine tenths
		{time.Second, 10 * time.Second, 2},
		{time.Second, 11 * time.Second, 1},
		{0, 19 * time.Second, 1},
		{0, time.Hour, 1},
		{time.Hour, time.Minute, 2}, // the clock went back
		{0, -61 * time.Second, 2},   // to before there was a window
	} {
		w := newWindow(start, 10*time.Second)
		w.add(start.Add(tt.then), tally{calls: 1})
		if got := w.add(start.Add(tt.now), tally{calls: 1}).calls; got != tt.want {
			t.Errorf("after calls at %v and %v the window counts %d, want %d", tt.then, tt.now, got, tt.want)
		}
	}
}

func TestAWindowCountsWhatAListOfTheCallsWould(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := time.Now()
		w := newWindow(start, 10*time.Second)
		type call struct {
			second int
			tally  tally
		}
		var calls []call
		at := time.Duration(0)
		for range rapid.IntRange(1, 100).Draw(t, "calls") {
			at += time.Duration(rapid.IntRange(0, 15_000).Draw(t, "pause in ms")) * time.Millisecond
			next := call{int(at / time.Second), tally{1, rapid.IntRange(0, 1).Draw(t, "failed"), rapid.IntRange(0, 1).Draw(t, "slow")}}
			calls = append(calls, next)
			var want tally
			for _, each := range calls {
				if each.second > next.second-10 {
					want = want.plus(each.tally)
				}
			}
			if got := w.add(start.Add(at), next.tally); got != want {
				t.Fatalf("at %v the window counts %+v, want %+v", at, got, want)
			}
		}
	})
}

func TestARateIsReachedAndNotOnlyExceeded(t *testing.T) {
	for _, tt := range []struct {
		part, calls, percent int
		want                 bool
	}{
		{9, 20, 50, false},
		{10, 20, 50, true},
		{1, 3, 34, false},
		{1, 3, 33, true},
		{19, 20, 100, false},
		{20, 20, 100, true},
	} {
		if got := (tally{calls: tt.calls}).reaches(tt.percent, tt.part); got != tt.want {
			t.Errorf("%d of %d reach %d percent: %v, want %v", tt.part, tt.calls, tt.percent, got, tt.want)
		}
	}
}
