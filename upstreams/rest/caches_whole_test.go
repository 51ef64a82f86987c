package rest

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/stored"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/changes"
)

// behind puts the cache that services have in the program before a shop, with both of its ways.
func behind(t testing.TB, s *shop, change func(*cache.Config)) (keeping http.RoundTripper) {
	t.Helper()
	memory := stored.NewMemory(16 << 20)
	shared := cache.NewShared(cache.Parts{
		Memory: memory.Part("answers"), Records: memory.Part("records"), Purges: s.log, Absent: 5 * time.Second,
		Strip: func(_ string, body []byte) ([]byte, bool) {
			return []byte(strings.ReplaceAll(string(body), `,"secret":1`, "")), jsontext.Value(body).IsValid()
		},
	})
	t.Cleanup(shared.Close)
	config := cache.DefaultConfig()
	config.Depends, config.Single = sharing.Principal, "/things/{id}"
	if change != nil {
		change(&config)
	}
	c, err := cache.New("thing", config, shared.Knowing(changes.Knowledge{Collection: "/things"}), cache.Calls{})
	if err != nil {
		t.Fatal(err)
	}
	speaks := DefaultConfig()
	speaks.Batch.Style, speaks.Batch.Join = s.style, s.join
	keeping = c.Layer(s, int64(speaks.MaxResponse), true)
	s.client = New("thing", s, speaks, s.told, NewMetrics(prometheus.NewRegistry()), slog.New(slog.DiscardHandler)).Cached(Caches{
		Cache: c, Sharer: c, Records: c.Records(), Keeping: keeping, Sharing: c.Layer(s, int64(speaks.MaxResponse), false),
		Alone: s, Groups: c.Groups, Served: cache.Served,
	})
	t.Cleanup(s.client.Close)
	return keeping
}

func get7(t *testing.T, door http.RoundTripper, caller string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(as(t.Context(), caller), http.MethodGet, "http://thing/things/7", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := door.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestARecordIsTheSameThroughBothDoors(t *testing.T) {
	s := open(func(s *shop) { s.header["Content-Type"] = []string{"application/json"} })
	door := behind(t, s, nil)
	ctx := as(t.Context(), "ada")
	s.expect(ctx, t, []record.ID{6, 7}, "?ids=6,7")
	if got := get7(t, door, "ada"); !strings.Contains(got, "thing 7") {
		t.Errorf("the record is %s", got)
	}
	s.askedFor(t)
	get7(t, door, "bob")
	s.askedFor(t, "/7")
	s.expect(as(t.Context(), "bob"), t, []record.ID{6, 7}, "?ids=6")
}

// Lookups name no language. A read at the other door may.
func TestARecordThatWasChosenByHowItWasAskedForIsNotForTheOtherDoor(t *testing.T) {
	for field, shared := range map[string]bool{
		"Vary: Accept-Language": false, "Vary: Accept": false, "Content-Language: de": false, "Vary: Accept-Encoding": true, "Vary: X-User-Id": true,
	} {
		name, value, _ := strings.Cut(field, ": ")
		s := open(func(s *shop) {
			s.header["Content-Type"], s.header[name] = []string{"application/json"}, []string{value}
		})
		door := behind(t, s, nil)
		s.expect(as(t.Context(), "ada"), t, []record.ID{6, 7}, "?ids=6,7")
		s.expect(as(t.Context(), "ada"), t, []record.ID{7})
		get7(t, door, "ada")
		if shared {
			s.askedFor(t)
		} else {
			s.askedFor(t, "/7")
		}
	}
}

func TestAWriteIsSeenAtOnce(t *testing.T) {
	s := open(nil)
	behind(t, s, nil)
	ctx := as(t.Context(), "ada")
	s.expect(ctx, t, []record.ID{6, 7}, "?ids=6,7")
	read := s.answer
	s.answer = func(*http.Request) (int, string, error) { return http.StatusOK, `{"id":7}`, nil }
	if _, err := Write[thing](ctx, s.client, Call{Method: http.MethodPatch, Path: "/things/7", Body: thing{}}); err != nil {
		t.Fatal(err)
	}
	s.answer, s.asked = read, nil
	s.expect(ctx, t, []record.ID{6, 7}, "?ids=7")
}

func TestNothingIsKeptThatNobodyMaySee(t *testing.T) {
	s := open(nil)
	behind(t, s, nil)
	s.answer = answering(`[{"id":7,"name":"thing 7","secret":1}]`).answer
	for _, secret := range []bool{true, false} {
		found := s.client.Find(as(t.Context(), "ada"), plainThings(), []record.ID{7})
		if got := string(found.Records[7][0]); strings.Contains(got, "secret") != secret {
			t.Errorf("found %s", got)
		}
	}
}

func TestAThousandEqualLookupsMakeOneCall(t *testing.T) {
	for _, tt := range []struct{ known, asked string }{{"", "?ids=1,2,3"}, {"2", "?ids=1,3"}} {
		synctest.Test(t, func(t *testing.T) {
			s := open(nil)
			behind(t, s, nil)
			ctx := as(t.Context(), "ada")
			if tt.known != "" {
				s.expect(ctx, t, []record.ID{2}, "?ids=2")
			}
			gate := make(chan struct{})
			s.answer = func(req *http.Request) (int, string, error) {
				<-gate
				return all(req)
			}
			var tally Tally
			failed := make(chan error, 1000)
			var askers sync.WaitGroup
			for range cap(failed) {
				askers.Go(func() {
					got, err := ByKey[thing](ctx, s.client.Find(withTally(ctx, &tally), plainThings(), []record.ID{1, 2, 3}))
					if len(got) != 3 {
						err = errors.Join(err, fmt.Errorf("found %d", len(got)))
					}
					failed <- err
				})
			}
			synctest.Wait()
			close(gate)
			askers.Wait()
			for range cap(failed) {
				if err := <-failed; err != nil {
					t.Fatal(err)
				}
			}
			s.askedFor(t, tt.asked)
			if tally.Calls() != 1 {
				t.Errorf("%d calls are counted", tally.Calls())
			}
			s.expect(ctx, t, []record.ID{1, 2, 3})
		})
	}
}

// TestCallersOfAllKindsAreToldApart asks on behalf of each caller after the others, by every declaration.
func TestCallersOfAllKindsAreToldApart(t *testing.T) {
	callers := []*identity.Caller{
		nil,
		{},
		{ID: "ada"},
		{ID: "ada", Scopes: "admin"},
		{ID: "ada", Tenant: "acme"},
		{ID: "bob", Tenant: "acme"},
		{Unchecked: true},
		{Sent: http.Header{"Authorization": {"a"}}},
		{Sent: http.Header{"Authorization": {"b"}}},
	}
	for depends, calls := range map[sharing.Inputs]int{sharing.Nothing: 1, sharing.Tenant: 7, sharing.Principal: 8, sharing.All: 7} {
		s := open(func(s *shop) { s.told.Credentials = []string{"Authorization"} })
		s.header["Cache-Control"] = []string{"public, max-age=60"}
		behind(t, s, func(c *cache.Config) { c.Depends = depends })
		for range 2 {
			for _, caller := range callers {
				ctx := t.Context()
				if caller != nil {
					ctx = identity.With(ctx, caller)
				}
				s.client.Find(ctx, plainThings(), []record.ID{1})
			}
		}
		if len(s.asked) != calls {
			t.Errorf("what depends on %s is asked for %d times, want %d", depends, len(s.asked), calls)
		}
		s.log.Purge(t.Context(), purge.ByAdmin, purge.All())
	}
}
