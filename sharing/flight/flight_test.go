package flight_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/concierge-gateway/concierge/sharing/flight"
)

// errLeft is why somebody leaves.
var errLeft = errors.New("the client has gone")

// caller is somebody who wants the same as others.
type caller struct {
	ctx    context.Context
	leave  context.CancelCauseFunc
	value  int
	shared bool
	err    error
	done   chan struct{}
}

// callers want the same, one after the other.
type callers struct {
	*testing.T
	group flight.Group[int, int]
	mark  int
	joins func(mark int) bool
	begun atomic.Int32
	work  func(ctx context.Context) (int, error)
}

// after waits for a second, and answers with how many works were begun before.
func (c *callers) after(ctx context.Context) (int, error) {
	n := int(c.begun.Add(1))
	select {
	case <-time.After(time.Second):
		return n, nil
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
}

// together runs a test on a fake clock.
func together(t *testing.T, test func(c *callers)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := &callers{T: t}
		c.work = c.after
		test(c)
	})
}

// comes has somebody ask, and waits until all that can happen at once has happened.
func (c *callers) comes(parent context.Context) *caller {
	one := &caller{done: make(chan struct{})}
	one.ctx, one.leave = context.WithCancelCause(parent)
	mark := c.mark
	go func() {
		defer close(one.done)
		one.value, one.shared, one.err = c.group.Do(one.ctx, keyOf("/orders"), mark, c.joins, c.work)
	}()
	synctest.Wait()
	return one
}

func (c *callers) got(name string, one *caller, value int, shared bool, err error) {
	c.Helper()
	<-one.done
	if one.value != value || one.shared != shared || !errors.Is(one.err, err) {
		c.Errorf("%s got %d, %t, %v", name, one.value, one.shared, one.err)
	}
}

func (c *callers) took(want time.Duration, since time.Time) {
	c.Helper()
	if took := time.Since(since); took != want {
		c.Errorf("it took %v, want %v", took, want)
	}
}

func TestAThousandWhoWantTheSameHaveItDoneOnce(t *testing.T) {
	together(t, func(c *callers) {
		var leaders atomic.Int32
		var all sync.WaitGroup
		for range 1000 {
			all.Go(func() {
				value, shared, err := c.group.Do(c.Context(), keyOf("/orders"), 0, nil, c.work)
				if value != 1 || err != nil {
					c.Errorf("got %d, %v", value, err)
				}
				if !shared {
					leaders.Add(1)
				}
			})
		}
		all.Wait()
		if leaders.Load() != 1 || c.begun.Load() != 1 {
			c.Errorf("%d led, and %d works were done", leaders.Load(), c.begun.Load())
		}
	})
}

func TestALeaderWhoLeavesTakesNothingFromTheOthers(t *testing.T) {
	together(t, func(c *callers) {
		start := time.Now()
		leader, follower := c.comes(c.Context()), c.comes(c.Context())
		leader.leave(errLeft)
		synctest.Wait()
		late := c.comes(c.Context())
		c.got("the follower", follower, 1, true, nil)
		c.got("who came when the leader had left", late, 1, true, nil)
		c.got("the leader", leader, 1, false, nil)
		c.took(time.Second, start)
	})
}

func TestALeadersTimeIsNotTheWorks(t *testing.T) {
	together(t, func(c *callers) {
		short, cancel := context.WithTimeout(c.Context(), time.Second/10)
		defer cancel()
		deadlines := make(chan bool, 1)
		c.work = func(ctx context.Context) (int, error) {
			_, ok := ctx.Deadline()
			deadlines <- ok
			return c.after(ctx)
		}
		leader, follower := c.comes(short), c.comes(c.Context())
		c.got("the follower", follower, 1, true, nil)
		c.got("the leader", leader, 1, false, nil)
		if <-deadlines {
			c.Error("the work has a deadline")
		}
	})
}

func TestWorkThatNobodyWantsIsGivenUp(t *testing.T) {
	for name, test := range map[string]func(c *callers){
		"the leader alone": func(c *callers) {
			leader := c.comes(c.Context())
			leader.leave(errLeft)
			c.got("the leader", leader, 0, false, errLeft)
		},
		"the leader alone, whose time is over": func(c *callers) {
			short, cancel := context.WithTimeout(c.Context(), time.Second/10)
			defer cancel()
			c.got("the leader", c.comes(short), 0, false, context.DeadlineExceeded)
		},
		"the leader first": func(c *callers) {
			leader, follower := c.comes(c.Context()), c.comes(c.Context())
			leader.leave(errors.New("another reason"))
			synctest.Wait()
			follower.leave(errLeft)
			c.got("the follower", follower, 0, true, errLeft)
			c.got("the leader", leader, 0, false, errLeft)
		},
		"the leader last": func(c *callers) {
			leader, follower := c.comes(c.Context()), c.comes(c.Context())
			follower.leave(errors.New("another reason"))
			synctest.Wait()
			leader.leave(errLeft)
			c.got("the leader", leader, 0, false, errLeft)
		},
	} {
		t.Run(name, func(t *testing.T) {
			together(t, func(c *callers) {
				start := time.Now()
				test(c)
				if time.Since(start) >= time.Second {
					c.Error("the work went on to its end")
				}
				next := c.comes(c.Context())
				c.got("who comes next", next, 2, false, nil)
			})
		})
	}
}

// Work may take its time to notice that it was given up. Who comes meanwhile must not wait for that.
func TestNobodyJoinsWorkThatIsGivenUp(t *testing.T) {
	together(t, func(c *callers) {
		c.work = func(ctx context.Context) (int, error) {
			n := int(c.begun.Add(1))
			time.Sleep(time.Second)
			return n, context.Cause(ctx)
		}
		leader := c.comes(c.Context())
		leader.leave(errLeft)
		synctest.Wait()
		next := c.comes(c.Context())
		follower := c.comes(c.Context())
		c.got("the leader", leader, 1, false, errLeft)
		c.got("the next", next, 2, false, nil)
		c.got("who follows the next", follower, 2, true, nil)
	})
}

func TestAFollowerLeavesAtOnceAndAlone(t *testing.T) {
	together(t, func(c *callers) {
		start := time.Now()
		leader, impatient, patient := c.comes(c.Context()), c.comes(c.Context()), c.comes(c.Context())
		time.Sleep(time.Second / 4)
		impatient.leave(errLeft)
		c.got("the impatient", impatient, 0, true, errLeft)
		c.took(time.Second/4, start)
		c.got("the leader", leader, 1, false, nil)
		c.got("the patient", patient, 1, true, nil)
		c.took(time.Second, start)
	})
}

func TestWhoComesWithoutTimeBeginsNothing(t *testing.T) {
	together(t, func(c *callers) {
		ended, end := context.WithCancelCause(c.Context())
		end(errLeft)
		c.got("who has gone", c.comes(ended), 0, false, errLeft)
		leader := c.comes(c.Context())
		c.got("who has gone, too", c.comes(ended), 0, false, errLeft)
		c.got("the leader", leader, 1, false, nil)
	})
}

func TestAnErrorIsEverybodys(t *testing.T) {
	together(t, func(c *callers) {
		broken := errors.New("the service is down")
		c.work = func(ctx context.Context) (int, error) {
			_, _ = c.after(ctx)
			return 7, broken
		}
		leader, follower := c.comes(c.Context()), c.comes(c.Context())
		c.got("the leader", leader, 7, false, broken)
		c.got("the follower", follower, 7, true, broken)
	})
}

func TestAPanicIsTheLeadersAlone(t *testing.T) {
	for name, end := range map[string]func(){
		"panic": func() { panic("out of order") }, "nil": func() { panic(nil) }, "exit": runtime.Goexit,
	} {
		t.Run(name, func(t *testing.T) {
			together(t, func(c *callers) {
				recovered := make(chan any, 1)
				go func() {
					defer func() { recovered <- recover() }()
					_, _, _ = c.group.Do(c.Context(), keyOf("/orders"), 0, nil, func(context.Context) (int, error) {
						time.Sleep(time.Second)
						end()
						return 1, nil
					})
				}()
				synctest.Wait()
				follower := c.comes(c.Context())
				c.got("the follower", follower, 0, true, flight.ErrPanicked)
				if got := <-recovered; (got == nil) != (name == "exit") || name == "panic" && got != "out of order" {
					c.Errorf("the leader recovered %v", got)
				}
				c.got("who comes next", c.comes(c.Context()), 1, false, nil)
			})
		})
	}
}

func TestWhatHasEndedIsNotJoined(t *testing.T) {
	together(t, func(c *callers) {
		for i := range 3 {
			c.got("a caller", c.comes(c.Context()), i+1, false, nil)
		}
	})
}

// Whoever is told the end of a flight and asks again begins another one, however quick.
func TestWhoIsToldAndAsksAgainIsToldSomethingNew(t *testing.T) {
	var group flight.Group[int, int]
	var begun atomic.Int64
	var all sync.WaitGroup
	work := func(ctx context.Context) (int, error) {
		n := begun.Add(1)
		runtime.Gosched()
		return int(n), ctx.Err()
	}
	for range 8 {
		all.Go(func() {
			for last, i := 0, 0; i < 2000; i++ {
				value, _, err := group.Do(t.Context(), keyOf("/orders"), 0, nil, work)
				if err != nil || value <= last {
					t.Errorf("got %d after %d, %v", value, last, err)
				}
				last = value
			}
		})
	}
	all.Wait()
}

// A write ends between two reads: the second must not be told what the first has asked for.
func TestWhoMustNotJoinBeginsAnotherFlight(t *testing.T) {
	together(t, func(c *callers) {
		c.joins = func(mark int) bool { return mark >= c.mark }
		before, too := c.comes(c.Context()), c.comes(c.Context())
		time.Sleep(time.Second / 2)
		c.mark = 1
		after := c.comes(c.Context())
		c.got("who came before", before, 1, false, nil)
		c.got("who came before, too", too, 1, true, nil)
		late := c.comes(c.Context()) // the older flight must not have taken the newer one away
		c.got("who came after", after, 2, false, nil)
		c.got("who came later", late, 2, true, nil)
		c.got("who comes next", c.comes(c.Context()), 3, false, nil)
	})
}

func TestAReplacedFlightThatAllLeaveTakesNothingAway(t *testing.T) {
	together(t, func(c *callers) {
		c.joins = func(mark int) bool { return mark >= c.mark }
		before := c.comes(c.Context())
		c.mark = 1
		after := c.comes(c.Context())
		before.leave(errLeft)
		c.got("who came before", before, 0, false, errLeft)
		c.got("who came later", c.comes(c.Context()), 2, true, nil)
		c.got("who came after", after, 2, false, nil)
	})
}

func TestDifferentKeysAreDifferentWork(t *testing.T) {
	together(t, func(c *callers) {
		one := c.comes(c.Context())
		value, shared, err := c.group.Do(c.Context(), keyOf("/users"), 0, nil, c.work)
		if value != 2 || shared || err != nil {
			c.Errorf("got %d, %t, %v", value, shared, err)
		}
		c.got("the first", one, 1, false, nil)
	})
}

func TestTheWorkHasTheLeadersValues(t *testing.T) {
	type key struct{}
	together(t, func(c *callers) {
		names := make(chan any, 2)
		c.work = func(ctx context.Context) (int, error) {
			names <- ctx.Value(key{})
			return c.after(ctx)
		}
		leader := c.comes(context.WithValue(c.Context(), key{}, "ada"))
		follower := c.comes(context.WithValue(c.Context(), key{}, "bob"))
		c.got("the leader", leader, 1, false, nil)
		c.got("the follower", follower, 1, true, nil)
		if len(names) != 1 || <-names != "ada" {
			c.Error("the work has somebody else's values")
		}
	})
}

// What is derived from the work's context must not learn of the leader's end by its values.
func TestWhatTheWorkDerivesLivesAsLongAsTheWork(t *testing.T) {
	together(t, func(c *callers) {
		c.work = func(ctx context.Context) (int, error) {
			bounded, cancel := context.WithTimeout(ctx, time.Minute)
			defer cancel()
			n, err := c.after(bounded)
			return n, errors.Join(err, context.Cause(ctx), ctx.Err())
		}
		leader, follower := c.comes(c.Context()), c.comes(c.Context())
		leader.leave(errLeft)
		c.got("the leader", leader, 1, false, nil)
		c.got("the follower", follower, 1, true, nil)
	})
}

func TestTheWorksContextEndsWithItUnlessItsValueLasts(t *testing.T) {
	works := map[string]struct {
		lasting      bool
		err          error
		leaves, late bool
		want         []bool // whether it has ended: when the work has, and when the leader has left
	}{
		"complete":                          {want: []bool{true, true}},
		"lasting":                           {lasting: true, want: []bool{false, true}},
		"failed":                            {lasting: true, err: errors.New("down"), want: []bool{true, true}},
		"lasting, when the leader had gone": {lasting: true, leaves: true, want: []bool{true, true}},
	}
	for name, tt := range works {
		t.Run(name, func(t *testing.T) {
			together(t, func(c *callers) {
				c.group.Lasting = func(int) bool { return tt.lasting }
				given := make(chan context.Context, 1)
				c.work = func(ctx context.Context) (int, error) {
					given <- ctx
					n, _ := c.after(ctx)
					return n, tt.err
				}
				leader, follower := c.comes(c.Context()), c.comes(c.Context())
				if tt.leaves {
					leader.leave(errLeft)
				}
				c.got("the follower", follower, 1, true, tt.err)
				c.got("the leader", leader, 1, false, tt.err)
				follower.leave(errLeft)
				synctest.Wait()
				ctx := <-given
				if ended := ctx.Err() != nil; ended != tt.want[0] {
					c.Errorf("ended with the work: %t", ended)
				}
				leader.leave(errLeft)
				synctest.Wait()
				if ended := ctx.Err() != nil; ended != tt.want[1] {
					c.Errorf("ended with the leader: %t", ended)
				}
			})
		})
	}
}

// Callers come and go at random; none may wait for ever, be told the work of another key, or be told that its own ctx has ended
// when that has not.
func TestManyWhoComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var group flight.Group[int, string]
		var all sync.WaitGroup
		for i := range 600 {
			all.Go(func() {
				time.Sleep(time.Duration(i%37) * time.Millisecond)
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+i%11)*time.Millisecond)
				defer cancel()
				uri := []string{"/a", "/b", "/c"}[i%3]
				value, _, err := group.Do(ctx, keyOf(uri), i, func(mark int) bool { return mark%5 != 0 }, func(ctx context.Context) (string, error) {
					select {
					case <-time.After(time.Duration(1+i%7) * time.Millisecond):
						return uri, nil
					case <-ctx.Done():
						return "", context.Cause(ctx)
					}
				})
				if err != nil && ctx.Err() == nil || err == nil && value != uri {
					t.Errorf("got %q, %v", value, err)
				}
			})
		}
		all.Wait()
	})
}
