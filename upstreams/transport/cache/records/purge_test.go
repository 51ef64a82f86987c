package records_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/provenance"
	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/records"
)

func TestAPurgeEndsWhatCarriesItsTag(t *testing.T) {
	for name, tt := range map[string]struct {
		tag  purge.Tag
		left []string // of orders 1 and 2 by id, and of users 7 and 8
	}{
		"everything":              {purge.All(), nil},
		"the service":             {purge.Service("order"), nil},
		"another service":         {purge.Service("user"), []string{"1", "2", "7", "8"}},
		"a record":                {purge.Record("order", "id", 1), []string{"2", "8"}},
		"a record in a list":      {purge.Record("order", "id", 3), []string{"1", "2", "8"}},
		"the records of a user":   {purge.Record("order", "user_id", 7), []string{"1", "2", "8"}},
		"a user of another id":    {purge.Record("order", "user_id", 1), []string{"1", "2", "7", "8"}},
		"a user without records":  {purge.Record("order", "user_id", 8), []string{"1", "2", "7"}},
		"a record's path":         {purge.Path("order", "/orders/2"), []string{"1", "7", "8"}},
		"a group":                 {purge.Group("order", "spring"), []string{"7", "8"}},
		"whatever has an owner":   {purge.Owned("order"), []string{"1", "2"}},
		"lists, which these none": {purge.Lists("order"), []string{"1", "2", "7", "8"}},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(nil)
			k.Keep(byID("ada"), records.Answer{
				Began: time.Now(), Terms: minutes(1, 0, 0), Asked: []record.ID{1, 2}, Records: found(`1: {"id":1}`, `2: {"id":2}`),
				Tags: []purge.Tag{purge.Group("order", "spring")}, PathOf: func(id record.ID) string { return "/orders/" + id.String() },
			})
			k.keep(byUser(), minutes(1, 0, 0), []record.ID{7, 8}, `7: {"id":1}`, `7: {"id":3}`)
			k.log.Purge(t.Context(), purge.ByAdmin, tt.tag)
			var left []string
			for _, ask := range []struct {
				way  records.Way
				keys []record.ID
			}{{byID("ada"), []record.ID{1, 2}}, {byUser(), []record.ID{7, 8}}} {
				got := k.Find(t.Context(), ask.way, ask.keys)
				for _, key := range ask.keys {
					if !slices.Contains(got.Missing, key) {
						left = append(left, key.String())
					}
				}
			}
			if diff := cmp.Diff(tt.left, left); diff != "" {
				t.Errorf("left (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatWasPurgedWhileItCameIsNotUsed(t *testing.T) {
	k := newKit(nil)
	since := k.Now()
	k.log.Purge(t.Context(), purge.ByWrite, purge.Record("order", "id", 1))
	k.keep(byID("ada"), minutes(1, 0, 0), []record.ID{1}, `1: {"id":1,"new":true}`)
	old := records.Answer{
		Since: since, Terms: minutes(1, 0, 0), Asked: []record.ID{1, 2}, Records: found(`1: {"id":1}`, `2: {"id":2}`),
	}
	k.Keep(byID("ada"), old)
	k.expect(t, byID("ada"), []record.ID{3}, `1: {"id":1,"new":true}`, `2: {"id":2}`)
}

func TestWhatIsPurgedMeanwhileDoesNotStandInForAFailure(t *testing.T) {
	k := newKit(nil)
	k.keep(byID("ada"), minutes(0, 0, 4), []record.ID{1}, `1: {"id":1}`)
	got := k.expect(t, byID("ada"), []record.ID{1, 2, 3})
	k.log.Purge(t.Context(), purge.ByWrite, purge.Record("order", "id", 1))
	if _, ok := got.OnError(t.Context(), 1); ok {
		t.Error("it does")
	}
}

func TestATrailTellsWhatWasUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKit(nil)
		k.keep(byID("ada"), minutes(2, 0, 0), []record.ID{1}, `1: {"id":1}`)
		k.keep(byID("ada"), minutes(1, 0, 0), []record.ID{2}, `2: {"id":2}`)
		k.keep(byID("ada"), minutes(0, 0, 9), []record.ID{3}, `3: {"id":3}`)
		first := time.Now().Add(time.Minute)
		ctx, trail := provenance.With(t.Context())
		got := k.Find(ctx, byID("ada"), []record.ID{1, 2, 3})
		tags, until, allowed := trail.Read()
		for _, id := range []int64{1, 2} {
			if !slices.Contains(tags, purge.Record("order", "id", id)) {
				t.Errorf("it does not tell of %d", id)
			}
		}
		if slices.Contains(tags, purge.Record("order", "id", 3)) || !until.Equal(first) || !allowed {
			t.Errorf("it tells of %v until %v, %v", tags, until, allowed)
		}
		if _, ok := got.OnError(ctx, 3); !ok {
			t.Fatal("nothing stands in")
		}
		tags, until, _ = trail.Read()
		if !slices.Contains(tags, purge.Record("order", "id", 3)) || until.After(time.Now()) {
			t.Errorf("of what stands in for a failure it tells %v until %v", tags, until)
		}
	})
}

// A call can take longer than one that began after it.
func TestWhatWasAskedForLaterStaysUnlessItWasPurged(t *testing.T) {
	k := newKit(nil)
	answered := func(since purge.Position, began time.Time, name string) {
		k.Keep(byID("ada"), records.Answer{
			Since: since, Began: began, Terms: minutes(1, 0, 0), Asked: []record.ID{7},
			Records: found(`7: {"id":7,"name":"` + name + `"}`), IDOf: idOf,
		})
	}
	known := func() string {
		return strings.Join(texts(k.Find(t.Context(), byID("ada"), []record.ID{7}).Records), " ")
	}
	first, earlier, later := k.Now(), time.Now(), time.Now().Add(time.Millisecond)
	answered(first, later, "new")
	answered(first, earlier, "old")
	if got := known(); !strings.Contains(got, "new") {
		t.Errorf("found %s", got)
	}
	k.log.Purge(t.Context(), purge.ByWrite, purge.Record("order", "id", 7))
	answered(k.Now(), earlier, "newest")
	if got := known(); !strings.Contains(got, "newest") {
		t.Errorf("after a purge, found %s", got)
	}
}
