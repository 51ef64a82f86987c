package rest

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/provenance"
	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
)

// hall is a shop of which nothing can be kept, where many ask at the same time and each answer takes 10 ms.
type hall struct {
	*testing.T
	*shop

	serve func(*http.Request) (int, string, error)
}

func inHall(t *testing.T, change func(*hall), test func(h *hall)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := &hall{T: t, serve: all}
		h.shop = open(func(s *shop) {
			h.shop = s
			s.join, s.header = 2*time.Millisecond, http.Header{}
			s.answer = func(req *http.Request) (int, string, error) {
				select {
				case <-time.After(10 * time.Millisecond):
					return h.serve(req)
				case <-req.Context().Done():
					return 0, "", context.Cause(req.Context())
				}
			}
			if change != nil {
				change(h)
			}
		})
		defer h.client.Close()
		test(h)
	})
}

// guest is somebody who asks.
type guest struct {
	tally

	got  map[record.ID]*thing
	err  error
	took time.Duration
	done chan struct{}
}

type tally struct{ calls, keys, sparedCalls, sparedKeys int64 }

func (h *hall) comes(ctx context.Context, keys ...record.ID) *guest {
	g, counts := &guest{done: make(chan struct{})}, new(Tally)
	go func() {
		defer close(g.done)
		came := time.Now()
		found := h.client.Find(context.WithValue(ctx, TallyKey{}, counts), plainThings(), keys)
		g.got, g.err = ByKey[thing](ctx, found)
		g.took = time.Since(came)
		g.tally = tally{counts.calls.Load(), counts.keys.Load(), counts.sparedCalls.Load(), counts.sparedKeys.Load()}
	}()
	synctest.Wait()
	return g
}

// gets holds what a guest was answered against the keys that there are records of.
func (h *hall) gets(g *guest, took time.Duration, keys ...record.ID) {
	h.Helper()
	<-g.done
	if g.err != nil || len(g.got) != len(keys) || g.took != took {
		h.Errorf("%v came in %v, want %v in %v: %v", g.got, g.took, keys, took, g.err)
	}
	for _, key := range keys {
		if g.got[key] == nil || g.got[key].Name != "thing "+key.String() {
			h.Errorf("thing %d is %+v", key, g.got[key])
		}
	}
}

func TestLookupsOfSeveralRequestsAreOneCall(t *testing.T) {
	inHall(t, nil, func(h *hall) {
		ctx := h.Context()
		first, second, third := h.comes(ctx, 1, 2), h.comes(ctx, 2, 3), h.comes(ctx, 4, 3, 13)
		h.gets(first, 10*time.Millisecond, 1, 2)
		h.gets(second, 12*time.Millisecond, 2, 3)
		h.gets(third, 12*time.Millisecond, 3, 4)
		h.askedFor(h.T, "?ids=1,2", "?ids=3,4,13")
		want := []tally{{1, 2, 0, 0}, {1, 2, 0, 0}, {0, 0, 1, 3}}
		if diff := cmp.Diff(want, []tally{first.tally, second.tally, third.tally}, cmp.AllowUnexported(tally{})); diff != "" {
			t.Errorf("what was counted (-want +got):\n%s", diff)
		}
		if h.called != 2 || h.shared != 1 {
			t.Errorf("%d made calls, and %d needed none", h.called, h.shared)
		}
	})
}

func TestCallersWhoAreNotAnsweredAlikeAreNotJoined(t *testing.T) {
	inHall(t, func(h *hall) { h.inputs = sharing.Principal }, func(h *hall) {
		ada, bob, again := h.comes(as(h.Context(), "ada"), 1, 2), h.comes(as(h.Context(), "bob"), 1), h.comes(as(h.Context(), "ada"), 2)
		h.gets(ada, 10*time.Millisecond, 1, 2)
		h.gets(bob, 10*time.Millisecond, 1)
		h.gets(again, 10*time.Millisecond, 2)
		h.askedFor(h.T, "?ids=1", "?ids=1,2")
	})
}

func TestWhoMayNotHaveTheAnswersOfOthersAsksAlone(t *testing.T) {
	for name, header := range map[string]http.Header{
		"the service chooses by who asks": {"Vary": {identity.UserIDHeader}},
		"nobody may share it":             {"Cache-Control": {"no-store"}},
		"it is somebody's":                {"Cache-Control": {"private"}},
		"it sets a cookie":                {"Set-Cookie": {"a=b"}},
	} {
		t.Run(name, func(t *testing.T) {
			inHall(t, func(h *hall) { h.header = header }, func(h *hall) {
				ada, bob := h.comes(as(h.Context(), "ada"), 1, 2), h.comes(as(h.Context(), "bob"), 2)
				h.gets(ada, 10*time.Millisecond, 1, 2)
				h.gets(bob, 20*time.Millisecond, 2)
				h.askedFor(h.T, "?ids=1,2", "?ids=2")
				if bob.tally != (tally{calls: 1, keys: 1}) {
					t.Errorf("counted %+v", bob.tally)
				}
				cleo, dan := h.comes(as(h.Context(), "cleo"), 3, 4), h.comes(as(h.Context(), "dan"), 4)
				h.gets(cleo, 10*time.Millisecond, 3, 4)
				h.gets(dan, 10*time.Millisecond, 4) // nobody waits any more for what is not for them
			})
		})
	}
}

func TestAServiceThatAnswersAllAlikeAgainIsAskedTogetherAgain(t *testing.T) {
	inHall(t, func(h *hall) { h.header = http.Header{"Cache-Control": {"no-store"}} }, func(h *hall) {
		h.gets(h.comes(h.Context(), 1), 10*time.Millisecond, 1)
		h.header = http.Header{}
		for range 2 * round {
			first, second := h.comes(h.Context(), 1, 2), h.comes(h.Context(), 2)
			<-first.done
			<-second.done
		}
		h.asked = nil
		first, second := h.comes(h.Context(), 1, 2), h.comes(h.Context(), 2)
		h.gets(first, 10*time.Millisecond, 1, 2)
		h.gets(second, 10*time.Millisecond, 2)
		h.askedFor(h.T, "?ids=1,2")
	})
}

// failing answers so where 6 is among the keys that are asked for.
func failing6(status int, body string, err error) func(*http.Request) (int, string, error) {
	return func(req *http.Request) (int, string, error) {
		if slices.Contains(strings.Split(req.URL.Query().Get("ids"), ","), "6") {
			return status, body, err
		}
		return all(req)
	}
}

func TestWhatOthersAskForMakesNoLookupFail(t *testing.T) {
	for name, serve := range map[string]func(*http.Request) (int, string, error){
		"an error":           failing6(http.StatusInternalServerError, "", nil),
		"too long a query":   failing6(http.StatusRequestURITooLong, "", nil),
		"no such list":       failing6(http.StatusNotFound, "", nil),
		"no list":            failing6(http.StatusOK, `{"id":`, nil),
		"too long an answer": failing6(0, "", &attempt.BodyError{Err: attempt.ErrTooLarge}),
	} {
		t.Run(name, func(t *testing.T) {
			inHall(t, func(h *hall) { h.serve = serve }, func(h *hall) {
				first, second, third := h.comes(h.Context(), 1), h.comes(h.Context(), 2), h.comes(h.Context(), 6)
				h.gets(first, 10*time.Millisecond, 1)
				h.gets(second, 22*time.Millisecond, 2)
				<-third.done
				if third.err == nil || problem.KindOf(third.err) == problem.Internal {
					t.Errorf("who asked for what makes it fail got %v", third.err)
				}
				h.askedFor(h.T, "?ids=1", "?ids=2", "?ids=2,6", "?ids=6")
			})
		})
	}
}

// What a request is told that it took would otherwise tell it that others had asked for what fails.
func TestWhoAsksAgainAloneIsToldOfOneCall(t *testing.T) {
	inHall(t, func(h *hall) { h.serve = failing6(http.StatusInternalServerError, "", nil) }, func(h *hall) {
		h.comes(h.Context(), 1)
		leader, follower := h.comes(h.Context(), 1, 2), h.comes(h.Context(), 1, 6)
		<-leader.done
		<-follower.done
		want := []tally{{2, 2, -1, 0}, {1, 1, 0, 1}}
		if diff := cmp.Diff(want, []tally{leader.tally, follower.tally}, cmp.AllowUnexported(tally{})); diff != "" {
			t.Errorf("what was counted (-want +got):\n%s", diff)
		}
	})
}

func TestAServiceThatDoesNotAnswerIsNotAskedOnceMoreByEverybody(t *testing.T) {
	for name, serve := range map[string]func(*http.Request) (int, string, error){
		"unavailable": failing6(http.StatusServiceUnavailable, "", nil),
		"timed out":   failing6(0, "", problem.New(problem.UpstreamTimeout, "")),
	} {
		t.Run(name, func(t *testing.T) {
			inHall(t, func(h *hall) { h.serve = serve }, func(h *hall) {
				first, second, third := h.comes(h.Context(), 1), h.comes(h.Context(), 2), h.comes(h.Context(), 6)
				h.gets(first, 10*time.Millisecond, 1)
				<-second.done
				<-third.done
				if second.err == nil || third.err == nil {
					t.Errorf("%v, %v", second.err, third.err)
				}
				h.askedFor(h.T, "?ids=1", "?ids=2,6")
			})
		})
	}
}

func TestAfterAnAnswerToSeveralThatTookTooLongEveryoneAsksAlone(t *testing.T) {
	inHall(t, func(h *hall) { h.serve = failing6(http.StatusGatewayTimeout, "", nil) }, func(h *hall) {
		h.comes(h.Context(), 1)
		second, third := h.comes(h.Context(), 2), h.comes(h.Context(), 6)
		<-second.done
		<-third.done
		h.asked = nil
		alone, another, failing := h.comes(h.Context(), 1), h.comes(h.Context(), 2), h.comes(h.Context(), 6)
		h.gets(alone, 10*time.Millisecond, 1)
		h.gets(another, 10*time.Millisecond, 2)
		<-failing.done
		h.askedFor(h.T, "?ids=1", "?ids=2", "?ids=6")
	})
}

func TestALookupWhoseLeaderLeavesGoesOn(t *testing.T) {
	inHall(t, nil, func(h *hall) {
		ctx, leave := context.WithCancel(h.Context())
		first, leader, follower := h.comes(h.Context(), 1), h.comes(ctx, 2), h.comes(h.Context(), 2, 3)
		leave()
		h.gets(first, 10*time.Millisecond, 1)
		h.gets(follower, 12*time.Millisecond, 2, 3)
		<-leader.done
		h.askedFor(h.T, "?ids=1", "?ids=2,3")
	})
}

func TestALookupAfterAPurgeDoesNotJoinWhatWasAskedBefore(t *testing.T) {
	inHall(t, nil, func(h *hall) {
		before := h.comes(h.Context(), 1)
		h.log.Purge(h.Context(), purge.ByWrite, purge.Record("thing", "id", 1))
		after := h.comes(h.Context(), 1)
		h.gets(before, 10*time.Millisecond, 1)
		h.gets(after, 12*time.Millisecond, 1)
		h.askedFor(h.T, "?ids=1", "?ids=1")
	})
}

func TestWhoWantsWhatIsNewAsksAlone(t *testing.T) {
	inHall(t, func(h *hall) { h.wish = rules.NoCache }, func(h *hall) {
		first, second := h.comes(h.Context(), 1), h.comes(h.Context(), 1)
		h.gets(first, 10*time.Millisecond, 1)
		h.gets(second, 10*time.Millisecond, 1)
		h.askedFor(h.T, "?ids=1", "?ids=1")
	})
}

func TestAnAnswerToManyIsKeptForAllAndNotedByEachForItself(t *testing.T) {
	inHall(t, func(h *hall) { h.header = http.Header{"Cache-Control": {"max-age=60"}} }, func(h *hall) {
		ctx, trail := provenance.With(h.Context())
		first, second, third := h.comes(h.Context(), 1), h.comes(h.Context(), 2), h.comes(ctx, 3)
		h.gets(first, 10*time.Millisecond, 1)
		h.gets(second, 12*time.Millisecond, 2)
		h.gets(third, 12*time.Millisecond, 3)
		h.gets(h.comes(h.Context(), 1, 2, 3), 0, 1, 2, 3)
		h.askedFor(h.T, "?ids=1", "?ids=2,3")
		if _, _, ok := trail.Read(); !ok {
			t.Error("it is not known by what the third answer ends")
		}
	})
}

func TestLookupsAreNotJoinedWhereThatIsOff(t *testing.T) {
	inHall(t, func(h *hall) { h.join = 0 }, func(h *hall) {
		first, second := h.comes(h.Context(), 1, 2), h.comes(h.Context(), 2, 3)
		h.gets(first, 10*time.Millisecond, 1, 2)
		h.gets(second, 10*time.Millisecond, 2, 3)
		h.askedFor(h.T, "?ids=1,2", "?ids=2,3")
	})
}

// BenchmarkJoint is what a lookup takes that nobody joins, and one of 20 keys beside 15 others.
func BenchmarkJoint(b *testing.B) {
	keys := make([]record.ID, 20)
	for i := range keys {
		keys[i] = record.ID(i + 21)
	}
	ctx := as(b.Context(), "ada")
	_, body, _ := all(&http.Request{URL: &url.URL{Path: "/things", RawQuery: "ids=" + commaList(keys)}})
	for name, join := range map[string]time.Duration{"alone, joining off": 0, "alone": time.Millisecond} {
		s := open(func(s *shop) { s.join, s.header = join, http.Header{"Content-Type": {"application/json"}} })
		behind(b, s, nil)
		s.answer = answering(body).answer
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if found := s.client.Find(ctx, plainThings(), keys); len(found.Failed) > 0 {
					b.Fatal(found)
				}
				s.asked = s.asked[:0]
			}
		})
	}
	b.Run("16 together", func(b *testing.B) {
		s := open(func(s *shop) { s.join, s.header = time.Millisecond, http.Header{} })
		b.ReportAllocs()
		for b.Loop() {
			release := make(chan struct{})
			s.answer = func(req *http.Request) (int, string, error) {
				<-release
				return all(req)
			}
			var lookups sync.WaitGroup
			for i := range 16 {
				lookups.Go(func() { s.client.Find(ctx, plainThings(), keys[i%4:]) })
			}
			close(release)
			lookups.Wait()
			s.asked = s.asked[:0]
		}
	})
}
