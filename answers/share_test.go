package answers

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/concierge-gateway/concierge/priority"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/provenance"
	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/sharing"
)

// slowly takes a second.
func slowly(runs *atomic.Int64, then func(n int64) Executed) execution {
	return func(ctx context.Context) Executed {
		n := runs.Add(1)
		select {
		case <-time.After(time.Second):
			return then(n)
		case <-ctx.Done():
			return Executed{}
		}
	}
}

func plainly(int64) Executed {
	return Executed{Response: &graphql.Response{Data: []byte(`{}`)}, Cost: 3}
}

func TestAThousandEqualQuestionsAreExecutedOnce(t *testing.T) {
	for name, p := range map[string]*Policy{"for everybody": public(), "of one caller": private()} {
		synctest.Test(t, func(t *testing.T) {
			site := open(t, nil)
			var runs, own, followed atomic.Int64
			var all sync.WaitGroup
			for range 1000 {
				all.Go(func() {
					got := site.Answer(t.Context(), question(p, slowly(&runs, plainly)))
					if got.Own {
						own.Add(1)
					} else if got.Cost == 3 && got.Terms.Status == "concierge; fwd=uri-miss; collapsed" {
						followed.Add(1)
					}
				})
			}
			all.Wait()
			if runs.Load() != 1 || own.Load() != 1 || followed.Load() != 999 {
				t.Errorf("%s: it ran %d times, for %d themselves and %d others", name, runs.Load(), own.Load(), followed.Load())
			}
		})
	}
}

// together asks two questions at the same time, and says how often they were executed.
func together(t *testing.T, site *site, first, second func(q *Question) context.Context) int64 {
	t.Helper()
	var runs atomic.Int64
	var all sync.WaitGroup
	for _, change := range []func(q *Question) context.Context{first, second} {
		q := question(private(), slowly(&runs, plainly))
		ctx := change(q)
		all.Go(func() { site.Answer(ctx, q) })
		synctest.Wait()
	}
	all.Wait()
	return runs.Load()
}

func TestOnlyEqualQuestionsOfEqualCallersShareAnExecution(t *testing.T) {
	caller := func(name, value string) func(*Question) {
		return func(q *Question) {
			q.asker().caller = func() sharing.Caller { return sharing.Caller{Sent: http.Header{name: {value}}} }
		}
	}
	for name, c := range map[string]struct {
		change func(q *Question)
		class  priority.Class
		shared bool
	}{
		"the same":                         {change: func(*Question) {}, shared: true},
		"other variables":                  {change: func(q *Question) { q.Variables = map[string]any{"a": true} }},
		"another operation":                {change: func(q *Question) { q.Name = "R" }},
		"another document":                 {change: func(q *Question) { q.Policy.document = "R" }},
		"another caller":                   {change: caller("caller id", "7")},
		"another credential":               {change: caller("Authorization", "Bearer x")},
		"one that may be turned away":      {change: func(*Question) {}, class: priority.Batch},
		"one for everybody":                {change: func(q *Question) { q.Policy = public() }},
		"one that may not be shared":       {change: func(q *Question) { q.Policy = &Policy{document: "document"} }},
		"what cannot be told from another": {change: func(q *Question) { q.Variables = map[string]any{"a": "\xff"} }},
	} {
		synctest.Test(t, func(t *testing.T) {
			runs := together(t, open(t, nil),
				func(*Question) context.Context { return t.Context() },
				func(q *Question) context.Context {
					c.change(q)
					return priority.With(t.Context(), c.class)
				})
			if shared := runs == 1; shared != c.shared {
				t.Errorf("%s: it ran %d times", name, runs)
			}
		})
	}
}

// What a service answers may be for one caller though it declares that all are answered the same: then it says so to caches.
func TestWhatAServiceLetsNobodyKeepIsNotForThoseWhoWaited(t *testing.T) {
	forbidden := func(n int64) Executed {
		return Executed{Response: &graphql.Response{Data: []byte(strconv.FormatInt(n, 10))}}
	}
	for name, p := range map[string]*Policy{"that is kept": public(), "that has no age": {Everybody: true, Shared: true, document: "document"}} {
		synctest.Test(t, func(t *testing.T) {
			site := open(t, nil)
			var runs atomic.Int64
			run := func(ctx context.Context) Executed {
				provenance.From(ctx).Forbid()
				return slowly(&runs, forbidden)(ctx)
			}
			var all sync.WaitGroup
			var told sync.Map
			for range 3 {
				all.Go(func() {
					got := site.Answer(t.Context(), question(p, run))
					if _, known := told.LoadOrStore(dataIn(got), true); known || !got.Own {
						t.Errorf("%s: somebody is told %s, which was for another", name, dataIn(got))
					}
				})
			}
			all.Wait()
			if runs.Load() != 3 {
				t.Errorf("%s: it ran %d times", name, runs.Load())
			}
		})
	}
}

func TestWhoComesAfterAChangeIsNotToldWhatWasAskedBefore(t *testing.T) {
	for name, change := range map[string]func(site *site){
		"a purge":    func(site *site) { site.purges.Purge(context.Background(), purge.ByWrite, purge.Service("other")) },
		"a mutation": func(site *site) { site.Changed() },
	} {
		synctest.Test(t, func(t *testing.T) {
			site := open(t, nil)
			runs := together(t, site,
				func(*Question) context.Context { return t.Context() },
				func(*Question) context.Context {
					change(site)
					return t.Context()
				})
			if runs != 2 {
				t.Errorf("%s: it ran %d times", name, runs)
			}
		})
	}
}

func TestALeaderWhoLeavesTakesNothingFromTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := open(t, nil)
		var runs atomic.Int64
		leader, leave := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() { site.Answer(leader, question(public(), slowly(&runs, plainly))) })
		synctest.Wait()
		all.Go(func() {
			if got := site.Answer(t.Context(), question(public(), slowly(&runs, plainly))); dataIn(got) != `{}` || got.Own {
				t.Errorf("got %+v", got)
			}
		})
		synctest.Wait()
		leave()
		all.Wait()
		if runs.Load() != 1 {
			t.Errorf("it ran %d times", runs.Load())
		}
	})
}

func TestAFollowerWhoLeavesDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := open(t, nil)
		var runs atomic.Int64
		var all sync.WaitGroup
		all.Go(func() { site.Answer(t.Context(), question(private(), slowly(&runs, plainly))) })
		synctest.Wait()
		follower, leave := context.WithTimeout(t.Context(), time.Second/10)
		defer leave()
		began := time.Now()
		if got := site.Answer(follower, question(private(), slowly(&runs, plainly))); got.Response != nil {
			t.Errorf("got %+v", got)
		}
		if took := time.Since(began); took != time.Second/10 {
			t.Errorf("it waited for %v", took)
		}
		all.Wait()
	})
}

// A leader whose time is over has nothing to tell those who have more of it: one of them runs it for the others.
func TestTheTimeOfALeaderIsNotThatOfTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := open(t, nil)
		var runs atomic.Int64
		run := func(ctx context.Context) Executed {
			runs.Add(1)
			select {
			case <-time.After(2 * time.Second):
				return plainly(0)
			case <-ctx.Done():
				return failing(problem.Timeout)
			}
		}
		var all sync.WaitGroup
		all.Go(func() {
			q := question(private(), run)
			q.Until = time.Now().Add(time.Second)
			if got := site.Answer(t.Context(), q); len(got.Response.Errors) != 1 {
				t.Errorf("the leader got %+v", got)
			}
		})
		synctest.Wait()
		for range 10 {
			all.Go(func() {
				if got := site.Answer(t.Context(), question(private(), run)); dataIn(got) != `{}` {
					t.Errorf("got %+v", got)
				}
			})
		}
		all.Wait()
		if runs.Load() != 2 {
			t.Errorf("it ran %d times, want once more", runs.Load())
		}
	})
}

func TestWhatWasDeniedIsAskedForByEachAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := open(t, nil)
		var runs atomic.Int64
		denied := func(int64) Executed {
			e := failing(problem.Forbidden)
			e.Denied = true
			return e
		}
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				if got := site.Answer(t.Context(), question(private(), slowly(&runs, denied))); !got.Own {
					t.Errorf("got %+v", got)
				}
			})
		}
		all.Wait()
		if runs.Load() != 5 {
			t.Errorf("it ran %d times for 5", runs.Load())
		}
	})
}

func TestErrorsAreSharedAndNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := open(t, nil)
		var runs atomic.Int64
		fails := func(int64) Executed { return failing(problem.UpstreamError) }
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() { site.Answer(t.Context(), question(public(), slowly(&runs, fails))) })
		}
		all.Wait()
		site.Answer(t.Context(), question(public(), slowly(&runs, fails)))
		if runs.Load() != 2 {
			t.Errorf("it ran %d times", runs.Load())
		}
	})
}

func TestOthersAskThemselvesWhereALeaderPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := open(t, nil)
		var runs atomic.Int64
		run := func(context.Context) Executed {
			n := runs.Add(1)
			time.Sleep(time.Second)
			if n == 1 {
				panic("a bug")
			}
			return plainly(0)
		}
		var all sync.WaitGroup
		all.Go(func() {
			defer func() {
				if recover() == nil {
					t.Error("the leader did not panic")
				}
			}()
			site.Answer(t.Context(), question(private(), run))
		})
		synctest.Wait()
		all.Go(func() {
			if got := site.Answer(t.Context(), question(private(), run)); dataIn(got) != `{}` || !got.Own {
				t.Errorf("got %+v", got)
			}
		})
		all.Wait()
	})
}

func TestNothingIsSharedWhereSharingIsOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		same := func(*Question) context.Context { return t.Context() }
		if runs := together(t, open(t, func(c *Config, _ *Stores) { c.Share = false }), same, same); runs != 2 {
			t.Errorf("it ran %d times", runs)
		}
	})
}
