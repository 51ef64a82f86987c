package rest

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/transport/fallback"
)

func TestAStaleRecordAnswersWhileItIsAskedForAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(func(s *shop) {
			s.header["Cache-Control"] = []string{"max-age=60, stale-while-revalidate=60"}
			s.inputs = sharing.Principal
		})
		defer s.client.Close()
		ctx := as(t.Context(), "ada")
		s.expect(ctx, t, []record.ID{1, 2}, "?ids=1,2")
		time.Sleep(70 * time.Second)
		gate := make(chan struct{})
		s.answer = func(req *http.Request) (int, string, error) {
			if req.Header.Get(identity.UserIDHeader) != "ada" {
				t.Error("somebody else is asked for")
			}
			<-gate
			return all(req)
		}
		left, leave := context.WithCancel(ctx)
		var tally Tally
		s.expect(withTally(left, &tally), t, []record.ID{1, 2})
		leave()
		s.finds(ctx, t, []record.ID{1}) // is being asked for
		synctest.Wait()
		close(gate)
		synctest.Wait()
		s.askedFor(t, "?ids=1,2")
		s.finds(ctx, t, []record.ID{1, 2})
		synctest.Wait()
		if tally.Calls() != 0 || tally.Keys() != 0 {
			t.Errorf("%d calls for %d keys are counted for whoever did not wait", tally.Calls(), tally.Keys())
		}
	})
}

// Some of them were found in memory, and others behind it.
func TestStaleRecordsAreAskedForAgainInWhateverOrderTheyWereFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(nil)
		defer s.client.Close()
		l := s.client.looks(plainThings(), []record.ID{1, 2, 3})
		way := wayOf(l.lookup)
		var ok bool
		if way.Key, ok = l.key(t.Context(), way); !ok {
			t.Fatal("there is no key")
		}
		l.way, l.Stale = way, []record.ID{3, 1, 2}
		s.client.refresh(t.Context(), l)
		synctest.Wait()
		s.askedFor(t, "?ids=1,2,3")
		s.finds(t.Context(), t, []record.ID{1, 2, 3})
	})
}

func TestAClientThatIsClosedDoesNothingInTheBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(func(s *shop) { s.header["Cache-Control"] = []string{"max-age=60, stale-while-revalidate=600"} })
		s.expect(t.Context(), t, []record.ID{1}, "?ids=1")
		time.Sleep(70 * time.Second)
		s.answer = func(req *http.Request) (int, string, error) {
			<-req.Context().Done()
			return 0, "", req.Context().Err()
		}
		s.finds(t.Context(), t, []record.ID{1})
		synctest.Wait()
		s.client.Close()
		s.askedFor(t, "?ids=1")
		s.finds(t.Context(), t, []record.ID{1})
		synctest.Wait()
		s.askedFor(t)
	})
}

func TestWhatIsRefreshedInVainGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(func(s *shop) { s.header["Cache-Control"] = []string{"max-age=60, stale-while-revalidate=600"} })
		s.expect(t.Context(), t, []record.ID{1}, "?ids=1")
		time.Sleep(70 * time.Second)
		s.answer = func(req *http.Request) (int, string, error) {
			<-req.Context().Done()
			return 0, "", req.Context().Err()
		}
		s.finds(t.Context(), t, []record.ID{1})
		time.Sleep(refreshTime)
		synctest.Wait()
		s.askedFor(t, "?ids=1")
		s.answer = all
		s.finds(t.Context(), t, []record.ID{1})
		synctest.Wait()
		s.askedFor(t, "?ids=1")
		s.client.Close()
	})
}

func TestAsManyRefreshesAsMayRunDo(t *testing.T) {
	r := newRefreshes()
	way := sharing.ForRecords(sharing.Nothing, sharing.Caller{}, "thing", "id")
	for i := range mostRefreshes {
		if taken := r.begin(way, []record.ID{record.ID(i + 1)}); len(taken) != 1 {
			t.Fatalf("refresh %d does not begin", i)
		}
	}
	if taken := r.begin(way, []record.ID{1000}); taken != nil {
		t.Error("more begin than may")
	}
	r.finish(way, []record.ID{1})
	if taken := r.begin(way, []record.ID{2, 1000}); !slices.Equal(taken, []record.ID{1000}) {
		t.Errorf("%v begin", taken)
	}
}

func TestAStaleRecordStandsInForAFailure(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		body   string
		err    error
		stands bool
	}{
		"an error":           {status: 500, stands: true},
		"overload":           {status: 503, stands: true},
		"no connection":      {err: io.ErrUnexpectedEOF, stands: true},
		"a timeout":          {err: context.DeadlineExceeded, stands: true},
		"a page of HTML":     {status: 200, body: "<html>", stands: true},
		"not allowed":        {status: 403},
		"a refusal":          {status: 422},
		"no such list":       {status: 404},
		"what is not there":  {status: 501},
		"a redirect":         {status: 302},
		"an answer of today": {status: 200, body: `[{"id":1,"name":"new"}]`},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(func(s *shop) { s.header["Cache-Control"] = []string{"max-age=60, stale-if-error=60"} })
				s.expect(t.Context(), t, []record.ID{1}, "?ids=1")
				time.Sleep(70 * time.Second)
				s.answer = func(*http.Request) (int, string, error) { return tt.status, tt.body, tt.err }
				found := s.client.Find(t.Context(), plainThings(), []record.ID{1, 2})
				stands := len(found.Records[1]) == 1 && strings.Contains(string(found.Records[1][0]), "thing 1")
				if stands != tt.stands || tt.status != 200 && (found.Failed[1] == nil) != tt.stands {
					t.Errorf("found %v, failed %v", found.Records, found.Failed)
				}
				if tt.status/100 != 2 && found.Failed[2] == nil {
					t.Error("what nobody knew is answered")
				}
				time.Sleep(time.Minute)
				if found := s.client.Find(t.Context(), plainThings(), []record.ID{1}); tt.stands && found.Failed[1] == nil {
					t.Error("it stands in for longer than it may")
				}
			})
		})
	}
}

func TestAStaleRecordIsBetterThanAFallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(func(s *shop) { s.header["Cache-Control"] = []string{"max-age=60, stale-if-error=600"} })
		s.expect(t.Context(), t, []record.ID{1}, "?ids=1")
		time.Sleep(70 * time.Second)
		s.header = http.Header{fallback.Header: {"static"}}
		s.answer = func(*http.Request) (int, string, error) { return 200, `[{"id":2,"name":"thing 2"}]`, nil }
		s.expect(t.Context(), t, []record.ID{1, 2}, "?ids=1,2")
		s.expect(t.Context(), t, []record.ID{1, 2}, "?ids=1,2")
	})
}
