package purge_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/concierge-gateway/concierge/purge"
)

// teller is other instances that hear of nothing.
type teller struct {
	mu   sync.Mutex
	told [][]purge.Tag
}

func (t *teller) Bound() time.Duration { return 2 * time.Second }

func (t *teller) Tell(_ context.Context, _ uint64, tags []purge.Tag) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.told = append(t.told, tags)
}

func TestTagsOfDifferentThingsDiffer(t *testing.T) {
	seen := make(map[purge.Tag]int)
	for i, tag := range []purge.Tag{
		purge.All(), purge.Service("a"), purge.Service("b"), purge.Lists("a"), purge.Owned("a"), purge.Path("a", "/x"), purge.Path("a/", "x"),
		purge.Group("a", "/x"), purge.Group("a", "x"), purge.Record("a", "id", 1), purge.Record("a", "id", 11), purge.Record("a", "id1", 1),
		purge.Path("a", "b"), purge.Path("ab", ""), purge.Record("a", "x", 1), purge.Group("a", "x1"),
	} {
		if other, ok := seen[tag]; ok {
			t.Errorf("the tags %d and %d are the same", i, other)
		}
		seen[tag] = i
	}
}

func TestATagIsTheSameInEveryProcess(t *testing.T) {
	if got := purge.Record("product", "id", 7); got != 0x82286143ba8319ad {
		t.Errorf("it is %#x: instances of two versions would not understand each other", uint64(got))
	}
}

func TestWhatBeganBeforeAPurgeDoesNotHold(t *testing.T) {
	l := purge.NewLog(100, nil)
	product, user := []purge.Tag{purge.Service("product")}, []purge.Tag{purge.Service("user")}
	before := l.Now()
	l.Purge(t.Context(), purge.ByAdmin, product...)
	now := time.Now()
	for name, c := range map[string]struct {
		since purge.Position
		tags  []purge.Tag
		want  bool
	}{
		"it carries the tag":               {before, product, false},
		"it carries the tag among others":  {before, append(user[:1:1], product...), false},
		"it carries another":               {before, user, true},
		"it carries none":                  {before, nil, true},
		"it began after the purge":         {l.Now(), product, true},
		"it began at a place that will be": {purge.Position{Local: 99}, product, true},
	} {
		if got := l.Holds(c.since, now, c.tags); got != c.want {
			t.Errorf("%s: it holds: %t", name, got)
		}
	}
	since := l.Now()
	l.Purge(t.Context(), purge.ByAdmin, purge.All())
	if l.Holds(since, now, nil) || !l.Holds(l.Now(), now, product) {
		t.Error("a purge of all is not one of all before it alone")
	}
}

func TestAPurgeOfNothingPurgesNothing(t *testing.T) {
	told := &teller{}
	l := purge.NewLog(100, told)
	before := l.Now()
	l.Purge(t.Context(), purge.ByWrite)
	l.Hear()
	if l.Now() != before || len(told.told) != 0 {
		t.Error("it is a purge")
	}
}

func TestOutOfTouchOnlyWhatIsYoungerThanTheBoundHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := purge.NewLog(100, &teller{})
		l.Hear(purge.Heard{Shared: 1, Tags: []purge.Tag{1}})
		since, kept := l.Now(), time.Now()
		check := func(when string, holds, shared bool) {
			t.Helper()
			if got := l.Holds(since, kept, nil); got != holds {
				t.Errorf("%s: it holds: %t", when, got)
			}
			if got := l.HoldsShared(since, nil); got != shared || l.InTouch() != shared {
				t.Errorf("%s: another's holds: %t, in touch: %t", when, got, l.InTouch())
			}
		}
		check("at first", true, false)
		time.Sleep(2 * time.Second)
		check("at the bound", true, false)
		time.Sleep(time.Nanosecond)
		check("after the bound", false, false)
		if !l.Touch(time.Now()) || l.Touch(time.Now()) {
			t.Error("it is not back once")
		}
		if l.Holds(since, kept, nil) || l.HoldsShared(since, nil) {
			t.Error("what others may have purged meanwhile holds")
		}
		l.Hear(purge.Heard{Shared: 2, Tags: []purge.Tag{purge.Return()}})
		since, kept = l.Now(), time.Now()
		check("in touch", true, true)
		time.Sleep(2 * time.Second)
		check("still in touch", true, true)
		time.Sleep(time.Nanosecond)
		check("out of touch", false, false)
		if l.Holds(since, time.Now().Add(time.Minute), nil) {
			t.Error("what was kept in the future holds")
		}
		if kept = time.Now().Add(-time.Second); !l.Holds(since, kept, nil) {
			t.Error("what is young does not hold")
		}
	})
}

// Who is back may be so before others, who tell then of what they have purged while nobody could hear it.
func TestWhoIsBackUsesNothingOfBefore(t *testing.T) {
	for name, c := range map[string]struct {
		away  time.Duration
		holds bool
	}{
		"within the bound": {2 * time.Second, true},
		"beyond it":        {2*time.Second + 1, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := purge.NewLog(100, &teller{})
			l.Hear(purge.Heard{Shared: 1, Tags: []purge.Tag{1}})
			l.Touch(time.Now())
			since, kept := l.Now(), time.Now()
			time.Sleep(c.away)
			young := l.Now()
			l.Touch(time.Now())
			for _, v := range []purge.Position{since, young} {
				if l.Holds(v, kept, nil) != c.holds || l.HoldsShared(v, nil) != c.holds {
					t.Errorf("%s: it holds: %t, and another's: %t", name, l.Holds(v, kept, nil), l.HoldsShared(v, nil))
				}
			}
			if now := l.Now(); !l.Holds(now, time.Now(), nil) {
				t.Errorf("%s: what is fetched now does not hold", name)
			}
		})
	}
}

func TestWithoutOtherInstancesNothingIsTooOld(t *testing.T) {
	l := purge.NewLog(100, nil)
	l.Touch(time.Now())
	if !l.Holds(l.Now(), time.Time{}, nil) || l.HoldsShared(purge.Position{Shared: 1}, nil) || l.InTouch() {
		t.Error("there are other instances")
	}
}

func TestAPurgeOfOnesOwnKeepsAnothersFromBeingUsedUntilItComesBack(t *testing.T) {
	one, other, all := []purge.Tag{1001}, []purge.Tag{1002}, []purge.Tag{purge.All()}
	at := purge.Position{Shared: 10}
	for name, c := range map[string]struct {
		purged, returned []purge.Tag
		before           [2]bool // whether values with the tags one and other hold before it returns
		after, young     [2]bool // and after it, if they began at place 10 or at place 20
	}{
		"of a tag":              {one, one, [2]bool{false, true}, [2]bool{false, true}, [2]bool{true, true}},
		"of all":                {all, all, [2]bool{false, false}, [2]bool{false, false}, [2]bool{true, true}},
		"of a tag, told as all": {one, all, [2]bool{false, true}, [2]bool{false, false}, [2]bool{true, true}},
	} {
		t.Run(name, func(t *testing.T) {
			l := purge.NewLog(100, &teller{})
			l.Touch(time.Now())
			l.Hear(purge.Heard{Shared: 10, Tags: []purge.Tag{3}})
			look := func(since purge.Position) [2]bool {
				return [2]bool{l.HoldsShared(since, one), l.HoldsShared(since, other)}
			}
			l.Purge(t.Context(), purge.ByWrite, c.purged...)
			if got := look(at); got != c.before {
				t.Errorf("before it returns: %v", got)
			}
			l.Hear(purge.Heard{Shared: 15, Tags: one})
			if got := look(purge.Position{Shared: 15}); got != c.before {
				t.Errorf("when another's has come: %v", got)
			}
			l.Hear(purge.Heard{Shared: 20, Tags: c.returned, Told: l.Now().Local})
			if got := look(at); got != c.after {
				t.Errorf("after it has returned: %v", got)
			}
			if got := look(purge.Position{Shared: 20}); got != c.young {
				t.Errorf("what began after it has returned: %v", got)
			}
		})
	}
}

func TestWhatCameBackAsAPurgeOfAllWaitsNoLonger(t *testing.T) {
	l := purge.NewLog(100, &teller{})
	l.Touch(time.Now())
	l.Purge(t.Context(), purge.ByWrite, 1001)
	l.Hear(purge.Heard{Shared: 10, Tags: []purge.Tag{purge.All()}, Told: 1})
	l.Hear(purge.Heard{Shared: 11, Tags: []purge.Tag{purge.All()}})
	if !l.HoldsShared(l.Now(), []purge.Tag{1001, 1002}) {
		t.Error("it waits")
	}
}

func TestAPurgeThatWaitsIsNotForgottenForOneOfAnother(t *testing.T) {
	l := purge.NewLog(4, &teller{})
	l.Touch(time.Now())
	for _, tag := range []purge.Tag{1001, 1002, 1003} {
		l.Purge(t.Context(), purge.ByWrite, tag)
	}
	l.Hear(purge.Heard{Shared: 10, Tags: []purge.Tag{1001}})
	if l.HoldsShared(l.Now(), []purge.Tag{1001}) || !l.HoldsShared(l.Now(), []purge.Tag{1009}) {
		t.Error("it does not wait, or everything does")
	}
}

func TestAForgottenPurgeThatWaitsKeepsEverythingFromBeingTaken(t *testing.T) {
	l := purge.NewLog(2, &teller{})
	l.Touch(time.Now())
	for _, tag := range []purge.Tag{1001, 1002, 1003, 1004} {
		l.Purge(t.Context(), purge.ByWrite, tag)
	}
	for _, told := range []uint64{1, 4} {
		l.Hear(purge.Heard{Shared: 10 * told, Tags: []purge.Tag{purge.Tag(1000 + told)}, Told: told})
		if got := l.HoldsShared(l.Now(), []purge.Tag{1009}); got != (told == 4) {
			t.Errorf("when number %d has returned: %t", told, got)
		}
	}
}

func TestWhatWasMissedMayHaveBeenOfAnything(t *testing.T) {
	l := purge.NewLog(100, &teller{})
	l.Touch(time.Now())
	l.Hear(purge.Heard{Shared: 10, Tags: []purge.Tag{1}})
	since := l.Now()
	l.Hear(purge.Heard{Shared: 20, Tags: []purge.Tag{2}, Missed: 19})
	if l.Holds(since, time.Now(), nil) || l.HoldsShared(purge.Position{Shared: 18}, nil) {
		t.Error("what began before the missed purges holds")
	}
	if !l.Holds(l.Now(), time.Now(), nil) || !l.HoldsShared(purge.Position{Shared: 19}, []purge.Tag{1}) {
		t.Error("what began after the missed purges does not hold")
	}
	if l.Now().Shared != 20 {
		t.Errorf("the place is %d", l.Now().Shared)
	}
}

func TestAPurgeIsSeenByWhoeverLooksAfterIt(t *testing.T) {
	l := purge.NewLog(64, nil)
	var since atomic.Pointer[[16]purge.Position]
	since.Store(new([16]purge.Position))
	ctx, end := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for n := range 4 {
		all.Go(func() {
			for round := range 3000 {
				tag := purge.Tag(100*n + round%16)
				before := l.Now()
				l.Purge(t.Context(), purge.ByWrite, tag)
				if l.Holds(before, time.Time{}, []purge.Tag{5000, tag}) {
					t.Error("what was purged holds")
				}
			}
		})
	}
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for ctx.Err() == nil {
				now := l.Now()
				l.Holds(now, time.Time{}, []purge.Tag{1, 101, 205})
				if l.Now().Local < now.Local {
					t.Error("the place goes back")
				}
			}
		})
	}
	all.Wait()
	end()
	readers.Wait()
}
