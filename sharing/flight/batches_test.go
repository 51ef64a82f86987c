package flight_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/sharing/flight"
)

const most = 4

// counter is where people ask about keys. An answer takes a second, and says in which order the work was begun.
type counter struct {
	testing.TB
	batches flight.Batches[int, int, map[int]int]
	mark    int

	mu    sync.Mutex
	calls [][]int
	ended int // works whose ctx has ended before they did
	work  func(ctx context.Context, keys []int) (map[int]int, error)
}

func newCounter(t testing.TB) *counter {
	t.Helper()
	c := &counter{TB: t}
	c.batches.Most, c.batches.Wait = most, 100*time.Millisecond
	c.work = c.answer
	return c
}

func (c *counter) answer(ctx context.Context, keys []int) (map[int]int, error) {
	c.mu.Lock()
	c.calls = append(c.calls, slices.Clone(keys))
	n := len(c.calls)
	c.mu.Unlock()
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
		c.mu.Lock()
		c.ended++
		c.mu.Unlock()
		return nil, context.Cause(ctx)
	}
	found := make(map[int]int)
	for _, key := range keys {
		found[key] = n
	}
	return found, nil
}

// visitor is somebody who asks.
type visitor struct {
	keys  []int
	leave context.CancelCauseFunc
	came  time.Time
	took  time.Duration
	got   map[int]int // the number of the call by which each key was answered
	err   error
	led   int
	done  chan struct{}
}

func (c *counter) comes(keys ...int) *visitor {
	v := &visitor{keys: keys, came: time.Now(), got: make(map[int]int), done: make(chan struct{})}
	ctx, leave := context.WithCancelCause(c.Context())
	v.leave = leave
	mark := c.mark
	go func() {
		defer close(v.done)
		defer leave(nil)
		parts := c.batches.Do(ctx, keyOf("/users"), mark, func(other int) bool { return other >= mark }, keys, c.work)
		v.took = time.Since(v.came)
		for _, each := range parts {
			if !each.Shared {
				v.led++
			}
			if each.Err != nil {
				v.err = each.Err
				continue
			}
			for _, key := range each.Keys {
				v.got[key] = each.Value[key]
			}
		}
	}()
	synctest.Wait()
	return v
}

// gets waits for the end of a visit. calls are by which call each of the visitor's keys was answered, in their order.
func (c *counter) gets(v *visitor, took time.Duration, calls ...int) {
	c.Helper()
	<-v.done
	var got []int
	for _, key := range v.keys {
		got = append(got, v.got[key])
	}
	if diff := cmp.Diff(calls, got); diff != "" || v.took != took || v.err != nil {
		c.Errorf("who asked for %v got (-want +got):\n%s in %v, want %v, error %v", v.keys, diff, v.took, took, v.err)
	}
}

func (c *counter) called(calls ...[]int) {
	c.Helper()
	if diff := cmp.Diff(calls, c.calls); diff != "" {
		c.Errorf("the calls (-want +got):\n%s", diff)
	}
}

func atCounter(t *testing.T, test func(c *counter)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(newCounter(t)) })
}

func TestNobodyWaitsWhileNothingIsUnderWay(t *testing.T) {
	atCounter(t, func(c *counter) {
		c.gets(c.comes(1, 2), time.Second, 1, 1)
		c.gets(c.comes(1, 2), time.Second, 2, 2)
		c.called([]int{1, 2}, []int{1, 2})
	})
}

func TestKeysThatComeMeanwhileGoTogetherAndEachIsAskedForOnce(t *testing.T) {
	atCounter(t, func(c *counter) {
		first := c.comes(1)
		second, third := c.comes(2, 3), c.comes(1, 3, 4)
		c.gets(first, time.Second, 1)
		c.gets(second, 1100*time.Millisecond, 2, 2)
		c.gets(third, 1100*time.Millisecond, 1, 2, 2)
		c.called([]int{1}, []int{2, 3, 4})
		if second.led != 1 || third.led != 0 {
			t.Errorf("who boarded first led %d, and who joined %d", second.led, third.led)
		}
	})
}

func TestKeysDoNotWaitForLongerThanTheCallUnderWay(t *testing.T) {
	atCounter(t, func(c *counter) {
		first := c.comes(1)
		time.Sleep(990 * time.Millisecond)
		second := c.comes(2)
		c.gets(first, time.Second, 1)
		c.gets(second, 1010*time.Millisecond, 2)
	})
}

func TestKeysThatFillACallLeaveAtOnceAndTheRestWaits(t *testing.T) {
	atCounter(t, func(c *counter) {
		first, second, third := c.comes(1), c.comes(2, 3), c.comes(3, 4, 5, 6)
		c.gets(first, time.Second, 1)
		c.gets(second, time.Second, 2, 2)
		c.gets(third, 1100*time.Millisecond, 2, 2, 2, 3)
		c.called([]int{1}, []int{2, 3, 4, 5}, []int{6})
	})
}

func TestALeaderWhoLeavesTakesNothingFromThoseWhoBoarded(t *testing.T) {
	atCounter(t, func(c *counter) {
		first, leader, follower := c.comes(1), c.comes(2), c.comes(2, 3)
		leader.leave(errLeft)
		late := c.comes(3, 4)
		c.gets(follower, 1100*time.Millisecond, 2, 2)
		c.gets(late, 1100*time.Millisecond, 2, 2)
		c.gets(first, time.Second, 1)
		<-leader.done
	})
}

func TestWhatAllHaveLeftIsNotAskedFor(t *testing.T) {
	atCounter(t, func(c *counter) {
		first, leader, follower := c.comes(1), c.comes(2), c.comes(2, 3)
		follower.leave(errLeft)
		leader.leave(errLeft)
		<-follower.done
		<-leader.done
		if !errors.Is(leader.err, errLeft) || !errors.Is(follower.err, errLeft) {
			t.Errorf("they left with %v and %v", leader.err, follower.err)
		}
		c.gets(c.comes(2), 1100*time.Millisecond, 2)
		c.gets(first, time.Second, 1)
		c.called([]int{1}, []int{2})
	})
}

func TestWhoComesAfterAWriteIsToldNothingOlder(t *testing.T) {
	atCounter(t, func(c *counter) {
		before, waiting := c.comes(1), c.comes(2)
		c.mark = 1
		after := c.comes(1, 2)
		c.gets(before, time.Second, 1)
		c.gets(waiting, time.Second, 2) // nobody can board it any more, so it does not wait
		c.gets(after, 1100*time.Millisecond, 3, 3)
	})
}

func TestAPanicOfABatchIsItsLeadersAlone(t *testing.T) {
	atCounter(t, func(c *counter) {
		slow := c.comes(1)
		c.work = func(context.Context, []int) (map[int]int, error) { panic("broken") }
		panicked := make(chan any, 1)
		go func() {
			defer func() { panicked <- recover() }()
			c.batches.Do(c.Context(), keyOf("/users"), 0, func(int) bool { return true }, []int{1, 2}, c.work)
		}()
		synctest.Wait()
		c.work = c.answer
		follower := c.comes(2)
		<-follower.done
		if !errors.Is(follower.err, flight.ErrPanicked) || <-panicked != "broken" {
			t.Errorf("the follower got %v", follower.err)
		}
		c.gets(slow, time.Second, 1)
		c.gets(c.comes(2), time.Second, 2)
	})
}

func TestWhoTakesFromAnothersBatchIsToldOfBeforeItsEnd(t *testing.T) {
	atCounter(t, func(c *counter) {
		var met [][2]int
		c.batches.Joined = func(leader, follower int) { met = append(met, [2]int{leader, follower}) }
		c.mark = 3
		first := c.comes(1)
		c.mark = 2
		second, third := c.comes(1, 2), c.comes(3)
		if diff := cmp.Diff([][2]int{{3, 2}, {2, 2}}, met); diff != "" {
			t.Errorf("who joined whom (-want +got):\n%s", diff)
		}
		c.gets(first, time.Second, 1)
		c.gets(second, 1100*time.Millisecond, 1, 2)
		c.gets(third, 1100*time.Millisecond, 2)
	})
}

func TestAValueThatCannotBeMadeFitForOthersIsGivenToNobodyElse(t *testing.T) {
	atCounter(t, func(c *counter) {
		c.batches.Sharing = func(map[int]int) { panic("broken") }
		panicked := make(chan any, 1)
		go func() {
			defer func() { panicked <- recover() }()
			c.batches.Do(c.Context(), keyOf("/users"), 0, func(int) bool { return true }, []int{1, 2}, c.work)
		}()
		synctest.Wait()
		follower := c.comes(2)
		<-follower.done
		if !errors.Is(follower.err, flight.ErrPanicked) || len(follower.got) > 0 || <-panicked != "broken" {
			t.Errorf("the follower got %v, %v", follower.got, follower.err)
		}
		c.gets(c.comes(2), time.Second, 2)
	})
}

func TestHoweverManyBatchesAreUnderWayOnlyTheNewestAreLookedThrough(t *testing.T) {
	atCounter(t, func(c *counter) {
		const crowd = 200
		var all []*visitor
		for i := range crowd {
			all = append(all, c.comes(4*i, 4*i+1, 4*i+2, 4*i+3)) // each a full one
		}
		looked := 0
		parts := c.batches.Do(c.Context(), keyOf("/users"), 0, func(int) bool { looked++; return true }, []int{0, 4*crowd - 1}, c.work)
		if looked > crowd/2 || len(parts) != 2 || !parts[1].Shared || !slices.Equal(parts[1].Keys, []int{4*crowd - 1}) {
			t.Errorf("%d were looked through, and %+v came of it", looked, parts)
		}
		for _, each := range all {
			<-each.done
		}
	})
}

func TestWhoComesToBatchesWithoutTimeBeginsNothing(t *testing.T) {
	atCounter(t, func(c *counter) {
		ctx, leave := context.WithCancelCause(c.Context())
		leave(errLeft)
		parts := c.batches.Do(ctx, keyOf("/users"), 0, nil, []int{1}, c.work)
		if len(parts) != 1 || !errors.Is(parts[0].Err, errLeft) || !slices.Equal(parts[0].Keys, []int{1}) {
			t.Errorf("got %+v", parts)
		}
		c.called()
	})
}

// visit is one step of a random day.
type visit struct {
	Wait  time.Duration
	Keys  map[int]bool
	Stay  time.Duration // 0 is until the answer comes
	Write bool          // before
}

func TestRandomVisitorsGetWhatTheyAskFor(t *testing.T) {
	visits := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) visit {
		return visit{
			Wait:  time.Duration(rapid.IntRange(0, 300).Draw(t, "wait")) * time.Millisecond,
			Keys:  rapid.MapOfN(rapid.IntRange(1, 12), rapid.Just(true), 1, most).Draw(t, "keys"),
			Stay:  time.Duration(max(0, rapid.IntRange(-2000, 1500).Draw(t, "stay"))) * time.Millisecond,
			Write: rapid.IntRange(0, 9).Draw(t, "write") == 0,
		}
	}), 1, 40)
	rapid.Check(t, func(rt *rapid.T) {
		all := visits.Draw(rt, "visits")
		synctest.Test(t, func(t *testing.T) {
			if err := newCounter(t).day(all); err != nil {
				rt.Fatal(err)
			}
		})
	})
}

// day has all visits made, and says what was wrong.
func (c *counter) day(all []visit) error {
	type made struct {
		*visitor
		since int // so many calls had been made before the last write
		stay  time.Duration
	}
	var visitors []made
	since := 0
	for _, each := range all {
		time.Sleep(each.Wait)
		if each.Write {
			c.mark++
			c.mu.Lock()
			since = len(c.calls)
			c.mu.Unlock()
		}
		v := c.comes(slices.Sorted(maps.Keys(each.Keys))...)
		if each.Stay > 0 {
			time.AfterFunc(each.Stay, func() { v.leave(errLeft) })
		}
		visitors = append(visitors, made{v, since, each.Stay})
	}
	wanted := 0
	for _, v := range visitors {
		<-v.done
		wanted += len(v.keys)
		if err := c.check(v.visitor, v.since, v.stay > 0); err != nil {
			return err
		}
	}
	return c.checkCalls(wanted, len(all))
}

// check says what was wrong about a visit, before which so many calls had been made when something was written.
func (c *counter) check(v *visitor, since int, leaves bool) error {
	switch {
	case v.led > 1:
		return fmt.Errorf("%v led %d batches", v.keys, v.led)
	case v.took > c.batches.Wait+time.Second:
		return fmt.Errorf("%v took %v", v.keys, v.took)
	case v.err != nil && (!errors.Is(v.err, errLeft) || !leaves):
		return fmt.Errorf("%v failed: %w", v.keys, v.err)
	case v.err == nil && len(v.got) != len(v.keys):
		return fmt.Errorf("%v got %v", v.keys, v.got)
	}
	for key, call := range v.got {
		if call <= since {
			return fmt.Errorf("key %d of %v was answered by call %d, which was made before a write", key, v.keys, call)
		}
	}
	return nil
}

// checkCalls says what was wrong about all calls, of so many visitors who wanted so many keys.
func (c *counter) checkCalls(wanted, visitors int) error {
	asked := 0
	for _, keys := range c.calls {
		asked += len(keys)
		if len(keys) > most || !slices.IsSorted(keys) || len(slices.Compact(slices.Clone(keys))) != len(keys) {
			return fmt.Errorf("a call is for %v", keys)
		}
	}
	if asked > wanted || len(c.calls) > visitors {
		return fmt.Errorf("%d keys were asked for by %d calls where %d were wanted by %d", asked, len(c.calls), wanted, visitors)
	}
	return nil
}

// What a lookup costs that nobody joins, and one that others wait for.
func BenchmarkBatches(b *testing.B) {
	c := newCounter(b)
	c.batches.Most = 100
	keys := make([]int, 20)
	for i := range keys {
		keys[i] = i
	}
	work := func(context.Context, []int) (map[int]int, error) { return nil, nil }
	joins := func(int) bool { return true }
	b.Run("alone", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c.batches.Do(b.Context(), keyOf("/users"), 0, joins, keys, work)
		}
	})
	b.Run("16 who wait", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			release, under := make(chan struct{}), make(chan struct{})
			var all sync.WaitGroup
			all.Go(func() {
				c.batches.Do(b.Context(), keyOf("/users"), 0, joins, keys, func(context.Context, []int) (map[int]int, error) {
					close(under)
					<-release
					return nil, nil
				})
			})
			<-under
			for range 16 {
				all.Go(func() { c.batches.Do(b.Context(), keyOf("/users"), 0, joins, keys, work) })
			}
			close(release)
			all.Wait()
		}
	})
}
