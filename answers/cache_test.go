package answers

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/answers/keeping"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/provenance"
	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
	"github.com/concierge-gateway/concierge/upstreams/transport/fallback"
)

// counting counts executions.
func counting(runs *atomic.Int64, run execution) execution {
	return func(ctx context.Context) Executed {
		runs.Add(1)
		return run(ctx)
	}
}

// alone is an instance that cannot hear of the others.
type alone struct{}

func (alone) Tell(context.Context, uint64, []purge.Tag) {}

func (alone) Bound() time.Duration { return 2 * time.Second }

// A part may have been as old as is allowed when the answer was made of it.
func TestWhileOthersCannotBeHeardNoAnswerIsUsedTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := open(t, func(_ *Config, s *Stores) { s.Purges = purge.NewLog(100, alone{}) })
		ask := func() string { return dataIn(site.Answer(t.Context(), question(public(), responds(`{}`)))) }
		for range 2 {
			if got := site.Answer(t.Context(), question(public(), responds(`{}`))); dataIn(got) != `{}` || got.Terms.Found {
				t.Errorf("out of touch: got %+v", got)
			}
		}
		site.purges.Touch(time.Now())
		if got := site.Answer(t.Context(), question(public(), responds(`{}`))); !got.Terms.Found {
			t.Errorf("in touch: got %+v", got)
		}
		time.Sleep(2*time.Second + 1)
		ask()
		if got := site.Answer(t.Context(), question(public(), responds(`{}`))); got.Terms.Found {
			t.Errorf("out of touch again: got %+v", got)
		}
		var runs atomic.Int64
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() { site.Answer(t.Context(), question(public(), slowly(&runs, plainly))) })
		}
		all.Wait()
		if runs.Load() != 2 {
			t.Errorf("out of touch, it ran %d times", runs.Load())
		}
	})
}

func TestAnAnswerForEverybodyIsGivenAgainUntilItsTimeIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := open(t, nil)
		var runs atomic.Int64
		ask := func() Given { return c.Answer(t.Context(), question(public(), counting(&runs, responds(`{"a":1}`)))) }

		first := ask()
		if !first.Own || dataIn(first) != `{"a":1}` || first.Terms.Found || first.Terms.Status != "concierge; fwd=uri-miss; stored" {
			t.Errorf("the first is %+v", first)
		}
		time.Sleep(20 * time.Second)
		again := ask()
		if again.Own || dataIn(again) != `{"a":1}` || string(again.Body) != `{"data":{"a":1}}` || again.Cost != 3 || runs.Load() != 1 {
			t.Errorf("%d runs, then %+v", runs.Load(), again)
		}
		want := keeping.Terms{
			Found: true, Age: 20 * time.Second, Fresh: time.Minute, Everybody: true, Tag: first.Terms.Tag, Status: "concierge; hit; ttl=40",
		}
		if diff := cmp.Diff(want, again.Terms); diff != "" {
			t.Error(diff)
		}
		time.Sleep(40 * time.Second)
		if last := ask(); !last.Own || runs.Load() != 2 {
			t.Errorf("after its time it is %+v", last)
		}
	})
}

func TestOnlyWholeAnswersAreKept(t *testing.T) {
	whole := responds(`{"a":1}`)
	noted := func(note func(trail *provenance.Trail)) execution {
		return func(ctx context.Context) Executed {
			trail := provenance.From(ctx)
			note(trail)
			return whole(ctx)
		}
	}
	changed := func(change func(e *Executed)) execution {
		return func(ctx context.Context) Executed {
			e := whole(ctx)
			change(&e)
			return e
		}
	}
	for name, c := range map[string]struct {
		run    execution
		policy *Policy
		change func(c *Config, s *Stores)
		kept   bool
	}{
		"whole":            {run: whole, kept: true},
		"an error":         {run: changed(func(e *Executed) { e.Response = failing(problem.Internal).Response })},
		"no data":          {run: changed(func(e *Executed) { e.Response = &graphql.Response{} })},
		"no response":      {run: changed(func(e *Executed) { e.Response = nil })},
		"an extension":     {run: changed(func(e *Executed) { e.Response.Extensions = map[string]any{"plan": 1} })},
		"a fallback":       {run: changed(func(e *Executed) { e.Notes = []fallback.Note{{Service: "product"}} })},
		"a denial":         {run: changed(func(e *Executed) { e.Denied = true })},
		"forbidden":        {run: noted(func(trail *provenance.Trail) { trail.Forbid() })},
		"over already":     {run: noted(func(trail *provenance.Trail) { trail.Until(time.Now()) })},
		"long enough":      {run: noted(func(trail *provenance.Trail) { trail.Until(time.Now().Add(time.Hour)) }), kept: true},
		"without any tag":  {run: func(context.Context) Executed { return Executed{Response: &graphql.Response{Data: []byte(`{}`)}} }},
		"too large":        {run: whole, change: func(c *Config, _ *Stores) { c.MaxEntry = 6 }},
		"as large":         {run: whole, change: func(c *Config, _ *Stores) { c.MaxEntry = 7 }, kept: true},
		"keeping is off":   {run: whole, change: func(c *Config, _ *Stores) { c.Keep = false }},
		"no memory":        {run: whole, change: func(_ *Config, s *Stores) { s.Memory = nil }},
		"sharing is off":   {run: whole, change: func(c *Config, _ *Stores) { c.Share = false }, kept: true},
		"one caller's":     {run: whole, policy: private()},
		"no age":           {run: whole, policy: &Policy{Everybody: true, Shared: true, services: []string{"product"}}},
		"nothing is known": {run: whole, policy: &Policy{}},
	} {
		t.Run(name, func(t *testing.T) {
			site := open(t, c.change)
			var runs atomic.Int64
			if c.policy == nil {
				c.policy = public()
			}
			for range 2 {
				site.Answer(t.Context(), question(c.policy, counting(&runs, c.run)))
			}
			if kept := runs.Load() == 1; kept != c.kept {
				t.Errorf("it ran %d times", runs.Load())
			}
		})
	}
}

func TestAnAnswerLivesNoLongerThanServicesLetIt(t *testing.T) {
	for name, c := range map[string]struct {
		until, most, want time.Duration
	}{
		"the hint": {time.Hour, 0, time.Minute}, "a service": {20 * time.Second, 0, 20 * time.Second}, "the bound": {time.Hour, 5 * time.Second, 5 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			site := open(t, func(config *Config, _ *Stores) { config.MaxAge = c.most })
			q := question(public(), func(ctx context.Context) Executed {
				provenance.From(ctx).Until(time.Now().Add(c.until))
				return responds(`{}`)(ctx)
			})
			q.Policy.StaleWhile = 10 * time.Second
			stale := 10 * time.Second
			if c.want == c.until {
				stale = 0 // services say what may be used beyond their time, and did not
			}
			if got := site.Answer(t.Context(), q).Terms; got.Fresh != c.want || got.StaleWhile != stale {
				t.Errorf("%s: it lives for %v and %v", name, got.Fresh, got.StaleWhile)
			}
		})
	}
}

func TestClientsAreToldHowLongACallersOwnAnswerLives(t *testing.T) {
	c := open(t, nil)
	got := c.Answer(t.Context(), question(private(), responds(`{"me":1}`))).Terms
	if got.Fresh != time.Minute || got.Everybody || string(got.Data) != `{"me":1}` {
		t.Errorf("got %+v", got)
	}
	if got := c.Answer(t.Context(), question(&Policy{MaxAge: time.Minute}, responds(`{}`))).Terms; got.Fresh != time.Minute || got.Everybody {
		t.Errorf("of one that is not shared: %+v", got)
	}
}

func TestAPurgeEndsAnAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		tag  purge.Tag
		ends bool
	}{
		"its record": {tag(), true}, "its service": {purge.Service("product"), true},
		"another record": {purge.Record("product", "id", 8), false}, "another service": {purge.Service("user"), false},
	} {
		t.Run(name, func(t *testing.T) {
			site := open(t, nil)
			var runs atomic.Int64
			q := question(public(), counting(&runs, responds(`{}`)))
			site.Answer(t.Context(), q)
			site.purges.Purge(t.Context(), purge.ByAdmin, c.tag)
			site.Answer(t.Context(), q)
			if ended := runs.Load() == 2; ended != c.ends {
				t.Errorf("it ran %d times", runs.Load())
			}
		})
	}
}

func TestWhatIsPurgedWhileItIsFoundOutIsNotGivenAgain(t *testing.T) {
	site := open(t, nil)
	var runs atomic.Int64
	q := question(public(), func(ctx context.Context) Executed {
		if runs.Add(1) == 1 {
			site.purges.Purge(ctx, purge.ByWrite, tag())
		}
		return responds(`{}`)(ctx)
	})
	for range 3 {
		site.Answer(t.Context(), q)
	}
	if runs.Load() != 2 {
		t.Errorf("it ran %d times, want once more after the purge", runs.Load())
	}
}

func TestOtherQuestionsHaveOtherAnswers(t *testing.T) {
	site := open(t, nil)
	one := question(public(), responds(`{"one":1}`))
	site.Answer(t.Context(), one)
	for name, change := range map[string]func(q *Question){
		"variables": func(q *Question) { q.Variables = map[string]any{"id": "7"} },
		"operation": func(q *Question) { q.Name = "R" },
		"document":  func(q *Question) { q.Policy.document = "another" },
		"unwritten": func(q *Question) { q.Variables = map[string]any{"id": []string{"7"}} },
	} {
		q := question(public(), responds(`{"other":1}`))
		change(q)
		if got := site.Answer(t.Context(), q); dataIn(got) != `{"other":1}` {
			t.Errorf("%s: %s", name, dataIn(got))
		}
	}
}

func TestAnAnswerThatTookLongDoesNotTakeThePlaceOfOneThatBeganLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := open(t, wishing)
		var leading sync.WaitGroup
		leading.Go(func() {
			site.Answer(t.Context(), question(public(), func(ctx context.Context) Executed {
				time.Sleep(time.Second)
				return responds(`{"old":1}`)(ctx)
			}))
		})
		synctest.Wait()
		time.Sleep(time.Second / 2)
		site.Answer(wanting(t, rules.NoCache), question(public(), responds(`{"new":1}`)))
		leading.Wait()
		if got := site.Answer(t.Context(), question(public(), responds(`{"newest":1}`))); dataIn(got) != `{"new":1}` {
			t.Errorf("then others get %s", dataIn(got))
		}
	})
}

// The budget of memory counts what is there, and most tags that are noted are the same.
func TestTagsTakeNoMoreMemoryThanIsCounted(t *testing.T) {
	noted := make([]purge.Tag, 20_000)
	for i := range noted {
		noted[i] = purge.Record("product", "id", int64(i%10))
	}
	inUse := func() int64 {
		var stats runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&stats)
		return int64(stats.HeapAlloc)
	}
	before := inUse()
	all := make([]*kept, 100)
	counted := 0
	for i := range all {
		all[i] = &kept{tags: allTags(noted, []string{"product"})}
		counted += all[i].Size()
	}
	if took := inUse() - before; took > int64(counted)+1<<20 {
		t.Errorf("%d bytes count as %d", took, counted)
	}
	runtime.KeepAlive(all)
	runtime.KeepAlive(noted)
}

type wishKey struct{}

// wishing lets contexts say what is wanted of caches.
func wishing(_ *Config, s *Stores) {
	s.Bypass = func(ctx context.Context) rules.Wish {
		wish, _ := ctx.Value(wishKey{}).(rules.Wish)
		return wish
	}
}

func wanting(t *testing.T, wish rules.Wish) context.Context {
	t.Helper()
	return context.WithValue(t.Context(), wishKey{}, wish)
}

func TestWhoWantsNothingStoredLeavesNothing(t *testing.T) {
	site := open(t, wishing)
	got := site.Answer(wanting(t, rules.NoStore), question(public(), responds(`{"one":1}`)))
	if dataIn(got) != `{"one":1}` || got.Terms.Fresh != 0 || got.Terms.Status != "concierge; fwd=bypass" {
		t.Errorf("got %+v", got)
	}
	if got := site.Answer(t.Context(), question(public(), responds(`{"two":2}`))); dataIn(got) != `{"two":2}` {
		t.Errorf("another gets %s", dataIn(got))
	}
}

func TestWhoMayGoAroundTheCacheGetsAndLeavesANewAnswer(t *testing.T) {
	site := open(t, wishing)
	var runs atomic.Int64
	run := func(ctx context.Context) Executed {
		if runs.Add(1) == 1 {
			return responds(`{"old":1}`)(ctx)
		}
		return responds(`{"new":1}`)(ctx)
	}
	site.Answer(t.Context(), question(public(), run))
	got := site.Answer(wanting(t, rules.NoCache), question(public(), run))
	if dataIn(got) != `{"new":1}` || got.Terms.Status != "concierge; fwd=bypass; stored" || !got.Own {
		t.Errorf("got %+v", got)
	}
	if got := site.Answer(t.Context(), question(public(), run)); dataIn(got) != `{"new":1}` || runs.Load() != 2 {
		t.Errorf("then %s", dataIn(got))
	}
}

func TestAnOldAnswerIsGivenWhileOneExecutionRenewsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := open(t, nil)
		var runs atomic.Int64
		run := func(ctx context.Context) Executed {
			if runs.Add(1) == 1 {
				return responds(`{"old":1}`)(ctx)
			}
			time.Sleep(time.Second / 2)
			return responds(`{"new":1}`)(ctx)
		}
		ask := func() Given {
			q := question(public(), run)
			q.Policy.StaleWhile = time.Minute
			request, end := context.WithCancel(t.Context())
			defer end() // what renews it goes on
			return site.Answer(request, q)
		}
		ask()
		time.Sleep(65 * time.Second)
		for range 5 {
			got := ask()
			if dataIn(got) != `{"old":1}` || got.Own || got.Terms.Status != "concierge; hit; ttl=-5" {
				t.Errorf("meanwhile it is %+v", got)
			}
		}
		synctest.Wait()
		time.Sleep(time.Second)
		if got := ask(); dataIn(got) != `{"new":1}` || runs.Load() != 2 {
			t.Errorf("it is %s after %d runs", dataIn(got), runs.Load())
		}
		time.Sleep(3 * time.Minute)
		if got := ask(); !got.Own || runs.Load() != 3 {
			t.Errorf("after all of its time it is %+v", got)
		}
	})
}

func TestAnAnswerThatCannotBeRenewedIsGivenUntilItsTimeIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := open(t, nil)
		var runs atomic.Int64
		ask := func() Given {
			q := question(public(), func(ctx context.Context) Executed {
				if runs.Add(1) == 1 {
					return responds(`{"old":1}`)(ctx)
				}
				return failing(problem.UpstreamError)
			})
			q.Policy.StaleWhile = time.Minute
			return site.Answer(t.Context(), q)
		}
		ask()
		time.Sleep(61 * time.Second)
		for range 3 {
			if got := ask(); dataIn(got) != `{"old":1}` {
				t.Errorf("got %s", dataIn(got))
			}
			synctest.Wait()
		}
		time.Sleep(time.Minute)
		if got := ask(); dataIn(got) != `null` {
			t.Errorf("after all of its time: %s", dataIn(got))
		}
	})
}

func TestRenewingIsBoundedAndEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := open(t, func(c *Config, s *Stores) { c.Refreshes, s.Timeout = 2, time.Hour })
		var running, ended atomic.Int64
		ask := func(name string, again execution) {
			q := question(public(), responds(`{}`))
			q.Policy.StaleWhile, q.Name, q.asker().again = time.Hour, name, again
			site.Answer(t.Context(), q)
		}
		for _, name := range []string{"a", "b", "c", "d"} {
			ask(name, nil)
		}
		time.Sleep(2 * time.Minute)
		for _, name := range []string{"a", "b", "c", "d", "a", "b"} {
			ask(name, func(ctx context.Context) Executed {
				running.Add(1)
				<-ctx.Done()
				ended.Add(1)
				return failing(problem.Cancelled)
			})
		}
		synctest.Wait()
		if running.Load() != 2 {
			t.Errorf("%d run", running.Load())
		}
		site.Close()
		if ended.Load() != 2 {
			t.Errorf("%d have ended", ended.Load())
		}
		ask("a", func(context.Context) Executed { panic("after the end") })
	})
}

func TestAPanicBehindTheRequestsBacksEndsNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := open(t, nil)
		q := question(public(), responds(`{"old":1}`))
		q.Policy.StaleWhile, q.asker().again = time.Hour, func(context.Context) Executed { panic("a resolver") }
		site.Answer(t.Context(), q)
		time.Sleep(2 * time.Minute)
		for range 2 {
			if got := site.Answer(t.Context(), q); dataIn(got) != `{"old":1}` {
				t.Errorf("got %+v", got)
			}
			synctest.Wait()
		}
	})
}

// instances are others to tell of purges, which this one hears of.
type instances struct{}

func (instances) Tell(context.Context, uint64, []purge.Tag) {}
func (instances) Bound() time.Duration                      { return time.Minute }

func TestWhatAnotherInstanceHasLeftIsTaken(t *testing.T) {
	for name, c := range map[string]struct {
		change func(k *kept)
		heard  purge.Heard
		silent bool
		taken  bool
	}{
		"as it is":                   {taken: true},
		"no longer fresh":            {change: func(k *kept) { k.at, k.fresh = k.at.Add(-time.Hour), time.Now() }},
		"from a clock that is ahead": {change: func(k *kept) { k.at = k.at.Add(time.Second / 2) }, taken: true},
		"from the future":            {change: func(k *kept) { k.at = k.at.Add(time.Second * 5) }},
		"purged since":               {heard: purge.Heard{Shared: 10, Tags: []purge.Tag{tag()}}},
		"something else was":         {heard: purge.Heard{Shared: 10, Tags: []purge.Tag{tag() + 1}}, taken: true},
		"nobody knows what was":      {heard: purge.Heard{Shared: 12, Missed: 11}},
		"out of touch":               {silent: true},
		"from before all order":      {change: func(k *kept) { k.since.Shared = 0 }},
	} {
		t.Run(name, func(t *testing.T) {
			site := open(t, func(_ *Config, s *Stores) { s.Purges = purge.NewLog(1000, instances{}) })
			k := packed()
			k.at = time.Now()
			k.fresh, k.stale, k.tags = k.at.Add(time.Minute), k.at.Add(time.Hour), []purge.Tag{tag()}
			if c.change != nil {
				c.change(k)
			}
			if !c.silent {
				site.purges.Touch(time.Now())
			}
			site.purges.Hear(purge.Heard{Shared: 9}, purge.Heard{Shared: max(c.heard.Shared, 10), Tags: c.heard.Tags, Missed: c.heard.Missed})
			q := question(public(), responds(`{"other":1}`))
			key, _ := q.key()
			if taken := site.take(key, k.pack(), site.purges.Now()); (taken != nil) != c.taken {
				t.Errorf("taken is %+v", taken)
			}
			if got := site.Answer(t.Context(), q); (dataIn(got) == `{"a":1}`) != c.taken {
				t.Errorf("it is answered with %s", dataIn(got))
			}
			site.purges.Purge(t.Context(), purge.ByWrite, tag())
			if site.find(key) != nil {
				t.Error("a later purge does not reach it")
			}
		})
	}
}

func TestTheCallerIsNotLookedAtWhereItDoesNotMatter(t *testing.T) {
	site := open(t, nil)
	q := question(public(), responds(`{}`))
	q.asker().caller = func() sharing.Caller { panic("asked who calls") }
	site.Answer(t.Context(), q)
}
