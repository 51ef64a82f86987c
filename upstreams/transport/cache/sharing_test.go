package cache_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/concierge-gateway/concierge/priority"
	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/upstreams/transport/fallback"
)

// slow answers after a second, with the number of the call.
func slow(header ...string) *service {
	s := new(service)
	s.answer = func(req *http.Request) (*http.Response, error) {
		n := s.calls.Load()
		select {
		case <-time.After(time.Second):
			return says(200, fmt.Sprint("answer ", n), header...), nil
		case <-req.Context().Done():
			return nil, context.Cause(req.Context())
		}
	}
	return s
}

func TestAThousandEqualCallsAreOne(t *testing.T) {
	for name, header := range map[string][]string{
		"of a service that says nothing": nil,
		"fresh":                          {"Cache-Control", "max-age=60"},
		"stale at once":                  {"Cache-Control", "max-age=0"},
		"to be confirmed each time":      {"Cache-Control", "no-cache", "Etag", `"1"`},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := slow(header...)
				o := open(t, s)
				var served atomic.Int64
				together(1000, func(int) {
					if got := o.get(t, "/users"); got.body != "answer 1" || got.status != 200 {
						t.Errorf("got %+v", got)
					} else if got.served {
						served.Add(1)
					}
				})
				if s.calls.Load() != 1 || served.Load() != 999 {
					t.Errorf("%d calls, and %d were served by that of another", s.calls.Load(), served.Load())
				}
			})
		})
	}
}

// Nobody waits for others one after the other: everybody has an answer after two calls' time.
func TestWhatIsForOneCallerAloneIsSharedWithNobody(t *testing.T) {
	for name, header := range map[string][]string{
		"not to be stored": {"Cache-Control", "no-store"},
		"private":          {"Cache-Control", "private"},
		"with a cookie":    {"Set-Cookie", "session=1", "Cache-Control", "public, max-age=60"},
		"of everything":    {"Vary", "*"},
		"a fallback":       {fallback.Header, "static", "Cache-Control", "max-age=60"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := slow(header...)
				o := open(t, s)
				began := time.Now()
				together(20, func(int) {
					if got := o.get(t, "/users"); got.served {
						t.Errorf("got %+v", got)
					}
				})
				if took := time.Since(began); s.calls.Load() != 20 || took > 2*time.Second {
					t.Errorf("%d calls took %v", s.calls.Load(), took)
				}
			})
		})
	}
}

func TestALeaderWhoLeavesTakesNothingFromOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := slow("Cache-Control", "max-age=60")
		o := open(t, s)
		ctx, leave := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() { _, _ = o.do(asking(ctx, "GET", "/users")) })
		synctest.Wait()
		for range 10 {
			all.Go(func() {
				if got := o.get(t, "/users"); got.body != "answer 1" {
					t.Errorf("got %+v", got)
				}
			})
		}
		synctest.Wait()
		leave()
		all.Wait()
		if s.calls.Load() != 1 {
			t.Errorf("%d calls", s.calls.Load())
		}
	})
}

func TestACallThatNobodyWantsAnyMoreEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := open(t, slow())
		ctx, leave := context.WithCancelCause(t.Context())
		gone := errors.New("gone")
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				if _, err := o.do(asking(ctx, "GET", "/users")); !errors.Is(err, gone) {
					t.Errorf("got %v", err)
				}
			})
		}
		synctest.Wait()
		began := time.Now()
		leave(gone)
		all.Wait()
		if time.Since(began) != 0 {
			t.Errorf("it took %v", time.Since(began))
		}
	})
}

func TestFailuresAreSharedToo(t *testing.T) {
	broken := errors.New("refused")
	for name, answer := range map[string]func() (*http.Response, error){
		"an error": func() (*http.Response, error) { return nil, broken },
		"503":      func() (*http.Response, error) { return says(503, "no"), nil },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &service{answer: func(*http.Request) (*http.Response, error) {
					time.Sleep(time.Second)
					return answer()
				}}
				o := open(t, s)
				together(100, func(int) {
					if got, err := o.do(asking(t.Context(), "GET", "/users")); got.status != 503 && !errors.Is(err, broken) {
						t.Errorf("got %+v, %v", got, err)
					}
				})
				if s.calls.Load() != 1 {
					t.Errorf("%d calls to a service that fails", s.calls.Load())
				}
				_, _ = o.do(asking(t.Context(), "GET", "/users"))
				if s.calls.Load() != 2 {
					t.Error("a failure was kept")
				}
			})
		})
	}
}

func TestThoseWhoAskForTheSameVariantShareACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &service{answer: func(req *http.Request) (*http.Response, error) {
			time.Sleep(time.Second)
			return says(200, req.Header.Get("Accept-Language"), "Cache-Control", "max-age=1", "Vary", "Accept-Language"), nil
		}}
		o := open(t, s)
		for round := range 2 {
			s.calls.Store(0)
			together(300, func(i int) {
				language := []string{"en", "de", "fr"}[i%3]
				if got := o.get(t, "/users", "Accept-Language", language); got.body != language {
					t.Errorf("%s got %+v", language, got)
				}
			})
			if s.calls.Load() != 3 {
				t.Errorf("round %d: %d calls, want one for each language", round, s.calls.Load())
			}
			time.Sleep(time.Minute)
		}
	})
}

func TestWhoComesAfterAPurgeGetsNothingThatWasAskedBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := slow("Cache-Control", "max-age=60")
		o := open(t, s)
		var all sync.WaitGroup
		all.Go(func() { o.get(t, "/users") })
		synctest.Wait()
		time.Sleep(time.Second / 2)
		o.log.Purge(t.Context(), purge.ByAdmin, purge.Path("user", "/users"))
		together(10, func(int) {
			if got := o.get(t, "/users"); got.body != "answer 2" {
				t.Errorf("after the purge got %+v", got)
			}
		})
		all.Wait()
		if got := o.get(t, "/users"); got.body != "answer 2" || !got.served || s.calls.Load() != 2 {
			t.Errorf("at last got %+v by %d calls", got, s.calls.Load())
		}
	})
}

// deaf is an instance that cannot hear of the others.
type deaf struct{}

func (deaf) Tell(context.Context, uint64, []purge.Tag) {}

func (deaf) Bound() time.Duration { return 300 * time.Millisecond }

// What others purged may have been before the service was asked, but for the bound.
func TestWhileOthersCannotBeHeardNobodyWaitsForWhatWasAskedLongBefore(t *testing.T) {
	for after, want := range map[time.Duration]int64{deaf{}.Bound(): 1, deaf{}.Bound() + 1: 2} {
		synctest.Test(t, func(t *testing.T) {
			s := slow("Cache-Control", "max-age=60")
			o := open(t, s, func(s *setting) { s.parts.Purges = purge.NewLog(100, deaf{}) })
			together(2, func(i int) {
				time.Sleep(time.Duration(i) * after)
				o.get(t, "/users")
			})
			if got := s.calls.Load(); got != want {
				t.Errorf("after %v there are %d calls, want %d", after, got, want)
			}
		})
	}
}

func TestWhatWasPurgedWhileItCameIsNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := slow("Cache-Control", "max-age=60")
		o := open(t, s)
		var all sync.WaitGroup
		all.Go(func() {
			if got := o.get(t, "/users"); strings.Contains(got.did(), "stored") {
				t.Errorf("it says %q", got.did())
			}
		})
		synctest.Wait()
		o.log.Purge(t.Context(), purge.ByAdmin, purge.Service("user"))
		all.Wait()
		if got := o.get(t, "/users"); got.served || got.body != "answer 2" {
			t.Errorf("got %+v", got)
		}
	})
}

func TestWhoIsInAHurryDoesNotWaitForWhoIsNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := slow()
		o := open(t, s)
		var all sync.WaitGroup
		all.Go(func() { _, _ = o.do(asking(priority.With(t.Context(), priority.Batch), "GET", "/users")) })
		synctest.Wait()
		all.Go(func() { o.get(t, "/users") })
		synctest.Wait()
		all.Go(func() { _, _ = o.do(asking(priority.With(t.Context(), priority.Batch), "GET", "/users")) })
		all.Wait()
		if s.calls.Load() != 2 {
			t.Errorf("%d calls, want one of each", s.calls.Load())
		}
	})
}

func TestWhoHasAnotherVersionDoesNotWaitForA304(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tag := `"1"`
		s := tagged(&tag)
		answer := s.answer
		s.answer = func(req *http.Request) (*http.Response, error) {
			time.Sleep(time.Second)
			return answer(req)
		}
		o := open(t, s)
		together(3, func(i int) {
			header, want := []string{}, 200
			if i == 1 {
				header, want = []string{"If-None-Match", `"1"`}, 304
			}
			if got := o.get(t, "/users", header...); got.status != want {
				t.Errorf("%v got %+v", header, got)
			}
		})
	})
}

func TestAPanicIsTheLeadersAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := new(service)
		s.answer = func(*http.Request) (*http.Response, error) {
			n := s.calls.Load()
			time.Sleep(time.Second)
			if n == 1 {
				panic("broken")
			}
			return says(200, "fine"), nil
		}
		o := open(t, s)
		var panics, fine atomic.Int64
		together(3, func(int) {
			defer func() {
				if recover() != nil {
					panics.Add(1)
				}
			}()
			if got := o.get(t, "/users"); got.body == "fine" {
				fine.Add(1)
			}
		})
		if panics.Load() != 1 || fine.Load() != 2 {
			t.Errorf("%d panicked, %d got an answer", panics.Load(), fine.Load())
		}
	})
}

func TestOnTheWayThatKeepsNothingCallsAreSharedAndWritesPurge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := slow("Cache-Control", "max-age=60")
		o := open(t, s, func(s *setting) { s.without, s.whole = true, 1<<20 })
		for range 2 {
			together(10, func(int) { o.get(t, "/users") })
		}
		if s.calls.Load() != 2 {
			t.Errorf("%d calls, want one for each time", s.calls.Load())
		}
		before := o.log.Now()
		_, _ = o.do(asking(t.Context(), "DELETE", "/users/7"))
		if o.log.Now() == before {
			t.Error("a write purged nothing")
		}
	})
}
