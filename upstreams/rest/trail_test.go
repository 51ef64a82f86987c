package rest

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/concierge-gateway/concierge/provenance"
	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/transport/fallback"
)

func withTally(ctx context.Context, t *Tally) context.Context {
	return context.WithValue(ctx, TallyKey{}, t)
}

func TestATallyCountsOnlyWhatWasAskedForOnesBehalf(t *testing.T) {
	s := open(nil)
	count := func(keys ...record.ID) (calls, asked int64) {
		var tally Tally
		s.client.Find(withTally(t.Context(), &tally), plainThings(), keys)
		return tally.Calls(), tally.Keys()
	}
	if calls, keys := count(1, 2); calls != 1 || keys != 2 {
		t.Errorf("%d calls for %d keys", calls, keys)
	}
	if calls, keys := count(1, 2, 3); calls != 1 || keys != 1 {
		t.Errorf("%d calls for %d keys where two are known", calls, keys)
	}
	if calls, keys := count(1, 2, 3); calls != 0 || keys != 0 {
		t.Errorf("%d calls for %d keys that are known", calls, keys)
	}
	s.header["Served"] = []string{"yes"}
	if calls, keys := count(4); calls != 0 || keys != 0 {
		t.Errorf("%d calls for %d keys, of which somebody else's call told", calls, keys)
	}
	s.answer = func(*http.Request) (int, string, error) { return 0, "", io.ErrUnexpectedEOF }
	if calls, keys := count(5, 6); calls != 1 || keys != 2 {
		t.Errorf("%d calls for %d keys that came to nothing", calls, keys)
	}
}

func TestATallyTellsNobodyWhatWasKnown(t *testing.T) {
	for _, style := range []Style{CSV, None} {
		var want string
		s := open(func(s *shop) { s.style = style })
		for range 3 { // of which the last finds everything, and that there is no 9
			var tally Tally
			s.client.Find(withTally(t.Context(), &tally), plainThings(), []record.ID{1, 2, 9})
			calls, keys := tally.Wanted()
			if got := fmt.Sprint(calls, " calls for ", keys); want != "" && got != want || keys != 3 {
				t.Errorf("%s: %s, and before %s", style, got, want)
			} else {
				want = got
			}
			s.client.Find(t.Context(), plainThings(), []record.ID{2})
		}
	}
}

func TestATrailTellsWhatAnAnswerIsMadeOf(t *testing.T) {
	minute := func(now time.Time) time.Time { return now.Add(time.Minute) }
	for name, tt := range map[string]struct {
		change  func(*shop)
		until   func(now time.Time) time.Time // nil where nobody says it
		allowed bool
	}{
		"for a minute":          {nil, minute, true},
		"as a setting says":     {func(s *shop) { s.header, s.settings.TTL = http.Header{}, time.Minute }, minute, true},
		"not at all":            {func(s *shop) { s.header["Cache-Control"] = []string{"no-cache"} }, func(now time.Time) time.Time { return now }, false},
		"nobody says":           {func(s *shop) { s.header = http.Header{} }, nil, true},
		"no-store":              {func(s *shop) { s.header["Cache-Control"] = []string{"no-store"} }, nil, false},
		"private":               {func(s *shop) { s.header["Cache-Control"] = []string{"private"} }, nil, false},
		"private, for one":      {func(s *shop) { s.header["Cache-Control"], s.inputs = []string{"private"}, sharing.Principal }, nil, true},
		"who asks matters":      {func(s *shop) { s.header = http.Header{"Vary": {"X-User-Id"}} }, nil, false},
		"a cookie is no matter": {func(s *shop) { s.header = http.Header{"Set-Cookie": {"a=b"}} }, nil, true},
		"a fallback":            {func(s *shop) { s.header[fallback.Header] = []string{"static"} }, nil, false},
		"a failure":             {func(s *shop) { s.answer = func(*http.Request) (int, string, error) { return 500, "", nil } }, nil, false},
		"a setting against it":  {func(s *shop) { s.off = "/things" }, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(tt.change)
				kinds := map[string]func(context.Context) bool{
					"of keys": func(ctx context.Context) bool {
						return s.client.Find(ctx, plainThings(), []record.ID{1, 13}).Failed == nil
					},
					"of a list": func(ctx context.Context) bool {
						s.answer = answering(`[{"id":1},{"id":13}]`).answer
						_, err := s.client.Records(ctx, Get("/things", map[string][]string{"user_id": {"7"}}))
						return err == nil
					},
				}
				if name == "a failure" {
					delete(kinds, "of a list")
				}
				for _, kind := range slices.Sorted(maps.Keys(kinds)) {
					ctx, trail := provenance.With(as(t.Context(), "ada"))
					if !kinds[kind](ctx) && name != "a failure" {
						t.Fatal("it failed")
					}
					tags, until, allowed := trail.Read()
					if allowed != tt.allowed {
						t.Errorf("%s, keeping it is allowed: %v", kind, allowed)
					}
					if !allowed {
						continue
					}
					if tt.until == nil && !until.IsZero() || tt.until != nil && !until.Equal(tt.until(time.Now())) {
						t.Errorf("%s until %v", kind, until)
					}
					want := []purge.Tag{purge.Service("thing"), purge.Record("thing", "id", 1), purge.Record("thing", "id", 13)}
					if kind == "of a list" {
						want = append(want, purge.Lists("thing"), purge.Path("thing", "/things"), purge.Record("thing", "user_id", 7))
					}
					for _, each := range want {
						if !slices.Contains(tags, each) {
							t.Errorf("%s, a tag is missing", kind)
						}
					}
				}
			})
		})
	}
}

func TestATrailTellsOfWhatWasFoundByTheIdsOfOthers(t *testing.T) {
	for _, how := range []string{"fetched", "kept"} {
		s := open(nil)
		s.answer = answering(`[{"id":1,"user_id":7}]`).answer
		lookup := plainThings()
		lookup.Member = "user_id"
		if how == "kept" {
			s.client.Find(as(t.Context(), "ada"), lookup, []record.ID{7})
		}
		ctx, trail := provenance.With(as(t.Context(), "ada"))
		s.client.Find(ctx, lookup, []record.ID{7})
		tags, _, _ := trail.Read()
		for _, each := range []purge.Tag{purge.Record("thing", "user_id", 7), purge.Record("thing", "id", 1), purge.Owned("thing")} {
			if !slices.Contains(tags, each) {
				t.Errorf("%s, a tag is missing", how)
			}
		}
	}
}

func TestATrailTellsWhatIsLeftOfTheTimeOfARecordThatWasKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(nil)
		s.expect(t.Context(), t, []record.ID{1}, "?ids=1")
		end := time.Now().Add(time.Minute)
		time.Sleep(20 * time.Second)
		ctx, trail := provenance.With(t.Context())
		s.expect(ctx, t, []record.ID{1})
		if tags, until, allowed := trail.Read(); !until.Equal(end) || !allowed || !slices.Contains(tags, purge.Record("thing", "id", 1)) {
			t.Errorf("it tells of %v until %v, %v", tags, until, allowed)
		}
	})
}

func TestWhatIsMadeOfMoreRecordsThanCanBeNotedIsNotKept(t *testing.T) {
	s := open(nil)
	lines := make([]string, mostNoted+1)
	for i := range lines {
		lines[i] = fmt.Sprintf(`{"id":%d}`, i+1)
	}
	s.answer = answering("[" + strings.Join(lines, ",") + "]").answer
	ctx, trail := provenance.With(t.Context())
	if _, err := s.client.Records(ctx, Get("/things", nil)); err != nil {
		t.Fatal(err)
	}
	if _, _, allowed := trail.Read(); allowed {
		t.Error("it may be kept")
	}
}
