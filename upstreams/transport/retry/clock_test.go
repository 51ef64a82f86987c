package retry

import (
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// timed is a call that is made under a clock that it shares with others.
type timed struct {
	begins, takes, may time.Duration
}

// ends is when the call ends by itself, or by the clock.
func (c timed) ends() time.Duration { return c.begins + min(c.takes, c.may) }

func TestEachAttemptEndsAtItsOwnTimeThoughAllShareAClock(t *testing.T) {
	calls := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) timed {
		return timed{
			begins: time.Duration(rapid.IntRange(0, 20).Draw(t, "begins")) * time.Second,
			takes:  time.Duration(rapid.IntRange(1, 20).Draw(t, "takes")) * 2 * time.Second, // so that it never ends as its time does
			may:    time.Duration(rapid.IntRange(0, 20).Draw(t, "may"))*2*time.Second + time.Second,
		}
	}), 1, 12)
	rapid.Check(t, func(r *rapid.T) {
		all := calls.Draw(r, "calls")
		var ended []time.Duration
		synctest.Test(t, func(t *testing.T) { ended = sharing(t, all) })
		for i, each := range all {
			if got := ended[i]; got != each.ends() {
				r.Errorf("call %d of %v ends after %v, want %v", i, all, got, each.ends())
			}
		}
	})
}

// sharing makes calls of which one layer's clock takes care, and returns when each ended.
func sharing(t *testing.T, all []timed) []time.Duration {
	t.Helper()
	began, ended := time.Now(), make([]time.Duration, len(all))
	shared := usual(nil).transport
	shared.config.Max = 0
	var calls sync.WaitGroup
	for i, each := range all {
		calls.Go(func() {
			time.Sleep(each.begins)
			layer := shared.Layer(0, false, func(*http.Request) Timeouts { return Timeouts{Total: each.may} }, takes(each.takes, says(200)))
			kind := "http://user/" + string(rune('a'+i)) // what calls of the same kind took would keep others from being made
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, kind, http.NoBody)
			if err != nil {
				t.Error(err)
				return
			}
			res, err := layer.RoundTrip(req)
			ended[i] = time.Since(began)
			switch late := each.may < each.takes; {
			case err == nil:
				_ = res.Body.Close()
			case !late || !errors.Is(err, attempt.ErrTimeout):
				t.Errorf("call %d ended with %v", i, err)
			}
		})
	}
	calls.Wait()
	if len(shared.clock.watched) > 0 {
		t.Error("an attempt that has ended is watched")
	}
	return ended
}

// TestAClockKnowsWhatIsLate compares it with a list that is looked at as a whole.
func TestAClockKnowsWhatIsLate(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var c clock
		began := time.Now().Add(time.Hour) // so that it does not ring by itself
		at := func(second int) time.Time { return began.Add(time.Duration(second) * time.Second) }
		watched := make(map[*try]bool)
		all := []*try{{began: began}}
		for now := range 30 {
			t := rapid.SampledFrom(all).Draw(r, "attempt")
			later := now + rapid.IntRange(0, 20).Draw(r, "later")
			switch what := rapid.IntRange(0, 4).Draw(r, "what"); {
			case what < 2:
				t = &try{began: began, lasts: at(later).Sub(began)}
				c.watch(t, at(later))
				all, watched[t] = append(all, t), true
			case what == 2:
				c.forget(t)
				delete(watched, t)
			case t.lasts > at(later).Sub(began):
				t.lasts = at(later).Sub(began)
				c.hurry(t, at(later))
			default:
				t.lasts = at(later).Sub(began)
			}
			late := c.late(at(now))
			for _, each := range late {
				if !watched[each] || each.limit().After(at(now)) {
					r.Fatalf("an attempt is late at %d that is not", now)
				}
				delete(watched, each)
			}
			for each := range watched {
				if !each.limit().After(at(now)) {
					r.Fatalf("an attempt is not late at %d that is", now)
				}
				if !c.ringing || c.at.After(each.limit()) {
					r.Fatalf("it rings too late for an attempt at %d", now)
				}
			}
			if len(c.watched) != len(watched) {
				r.Fatalf("%d are watched at %d, want %d", len(c.watched), now, len(watched))
			}
		}
		if c.timer != nil {
			c.timer.Stop()
		}
	})
}

// The timer of one that is open stays set, as the next attempt will want it. It keeps all of its service in memory, so once the
// service has gone, it is set only while an attempt is watched.
func TestAClosedClockRingsOnlyForWhatIsWatched(t *testing.T) {
	var c clock
	first, second := &try{}, &try{}
	until := time.Now().Add(time.Hour) // so that it does not ring by itself
	c.watch(first, until)
	c.forget(first)
	if !c.ringing {
		t.Error("a timer is set anew for each attempt")
	}
	c.watch(first, until)
	c.close()
	c.watch(second, until) // of a call that had begun
	c.forget(first)
	if !c.ringing {
		t.Error("it does not ring for an attempt that is watched")
	}
	c.forget(second)
	if c.ringing || c.timer.Stop() {
		t.Error("it is to ring though nothing is watched")
	}
}

func TestAClockThatWatchesNothingIsStoppedWhenItIsClosed(t *testing.T) {
	var c clock
	one := &try{}
	c.watch(one, time.Now().Add(time.Hour)) // so that it does not ring by itself
	c.forget(one)
	c.close()
	if c.ringing || c.timer.Stop() {
		t.Error("it is to ring")
	}
}

// BenchmarkClockOfAServiceThatHangs ends many attempts, each at a time of its own.
func BenchmarkClockOfAServiceThatHangs(b *testing.B) {
	b.ReportAllocs()
	began := time.Now().Add(time.Hour) // so that it does not ring by itself
	all := make([]try, 1000)
	for b.Loop() {
		var c clock
		for i := range all {
			all[i] = try{began: began, lasts: time.Duration(i) * time.Millisecond}
			c.watch(&all[i], all[i].limit())
		}
		for i := range all {
			if late := c.late(all[i].limit()); len(late) != 1 {
				b.Fatal(len(late))
			}
		}
		c.timer.Stop()
	}
}
