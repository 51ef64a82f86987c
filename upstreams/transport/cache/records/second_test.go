package records_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/stored"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/records"
)

// another is a second level that lies in a map.
type another struct {
	texts map[sharing.Key][]byte
	asked [][]sharing.Key
	gone  bool
}

func (a *another) Reachable() bool { return !a.gone }

func (a *another) Get(_ context.Context, keys ...sharing.Key) [][]byte {
	a.asked = append(a.asked, keys)
	texts := make([][]byte, len(keys))
	for i, key := range keys {
		texts[i] = a.texts[key]
	}
	return texts
}

func (a *another) Set(key sharing.Key, text []byte, _ time.Time) { a.texts[key] = text }

// order is a log whose HoldsShared goes by the shared places alone.
type order struct {
	*purge.Log

	place  uint64
	purged map[purge.Tag]uint64
	deaf   bool
}

func (o *order) Now() purge.Position {
	now := o.Log.Now()
	now.Shared = o.place
	return now
}

func (o *order) HoldsShared(since purge.Position, tags []purge.Tag) bool {
	return !o.deaf && !slices.ContainsFunc(tags, func(tag purge.Tag) bool { return o.purged[tag] > since.Shared })
}

// instances are two that share a second level.
func instances() (first, second *kit, between *another, shared [2]*order) {
	between = &another{texts: make(map[sharing.Key][]byte)}
	var kits [2]*kit
	for i := range kits {
		kits[i] = newKit(func(p *records.Parts) {
			shared[i] = &order{Log: purge.NewLog(100, nil), place: 5, purged: make(map[purge.Tag]uint64)}
			p.Second, p.Log = between, shared[i]
		})
		kits[i].log = shared[i].Log
		kits[i].keep(byID("nobody"), minutes(1, 0, 0), []record.ID{99}) // so that it looks for something
	}
	between.asked = nil
	return kits[0], kits[1], between, shared
}

func TestWhatOneInstanceKeepsAnotherFinds(t *testing.T) {
	first, second, between, _ := instances()
	first.keep(byID("ada"), minutes(1, 0, 0), []record.ID{1, 2}, `1: {"id":1}`)
	second.expect(t, byID("ada"), []record.ID{3}, `1: {"id":1}`)
	if len(between.asked) != 1 || len(between.asked[0]) != 3 {
		t.Errorf("asked %v, want all keys at once", between.asked)
	}
	second.expect(t, byID("ada"), []record.ID{3}, `1: {"id":1}`)
	if len(between.asked) != 2 || len(between.asked[1]) != 1 {
		t.Errorf("asked %v, want only what is not in memory", between.asked)
	}
	if one, ok := second.One(t.Context(), byID("ada").Key, 1); !ok || string(one.Raw) != `{"id":1}` {
		t.Errorf("found %s, %v", one.Raw, ok)
	}
}

func TestWhatIsPurgedAnywhereIsNotTakenFromTheSecondLevel(t *testing.T) {
	tag := purge.Record("order", "id", 1)
	for name, happen := range map[string]func(t *testing.T, second *kit, o *order, between *another){
		"by the shared order":           func(_ *testing.T, _ *kit, o *order, _ *another) { o.purged[tag] = 6 },
		"or by what is not heard of it": func(_ *testing.T, _ *kit, o *order, _ *another) { o.deaf = true },
		"while the level is asked": func(t *testing.T, second *kit, o *order, _ *another) {
			t.Helper()
			o.place = 6
			second.log.Purge(t.Context(), purge.ByWrite, tag)
			o.purged[tag] = 6
		},
		"while the level is gone": func(_ *testing.T, _ *kit, _ *order, between *another) { between.gone = true },
		"where it holds only noise": func(_ *testing.T, _ *kit, _ *order, between *another) {
			between.texts[byID("ada").Key.For(1)] = []byte("noise")
		},
	} {
		t.Run(name, func(t *testing.T) {
			first, second, between, shared := instances()
			first.keep(byID("ada"), minutes(1, 0, 0), []record.ID{1}, `1: {"id":1}`)
			happen(t, second, shared[1], between)
			second.expect(t, byID("ada"), []record.ID{1, 2, 3})
		})
	}
}

func TestWhatWasTakenFromTheSecondLevelIsPurgedHere(t *testing.T) {
	first, second, between, _ := instances()
	first.keep(byID("ada"), minutes(1, 0, 0), []record.ID{1}, `1: {"id":1}`)
	second.expect(t, byID("ada"), []record.ID{2, 3}, `1: {"id":1}`)
	second.log.Purge(t.Context(), purge.ByWrite, purge.Record("order", "id", 1))
	between.gone = true
	second.expect(t, byID("ada"), []record.ID{1, 2, 3})
}

func TestWhatIsForgottenIsForgottenByAll(t *testing.T) {
	first, second, _, _ := instances()
	first.keep(byID("ada"), minutes(1, 0, 0), []record.ID{1, 2}, `1: {"id":1}`, `2: {"id":2}`)
	first.Forget(byID("ada"), []record.ID{1})
	first.expect(t, byID("ada"), []record.ID{1, 3}, `2: {"id":2}`)
	second.expect(t, byID("ada"), []record.ID{1, 3}, `2: {"id":2}`)
}

func TestWhatIsNewerElsewhereTakesThePlaceOfWhatIsOnlyGoodForFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second, _, _ := instances()
		first.keep(byID("ada"), minutes(1, 0, 9), []record.ID{1}, `1: {"id":1,"old":true}`)
		second.expect(t, byID("ada"), []record.ID{2, 3}, `1: {"id":1,"old":true}`)
		time.Sleep(2 * time.Minute)
		first.keep(byID("ada"), minutes(1, 0, 9), []record.ID{1}, `1: {"id":1}`)
		got := second.expect(t, byID("ada"), []record.ID{2, 3}, `1: {"id":1}`)
		if _, ok := got.OnError(t.Context(), 1); ok {
			t.Error("what is known stands in for a failure all the same")
		}
	})
}

func TestNoSecondLevelIsNone(t *testing.T) {
	k := newKit(func(p *records.Parts) { p.Second = (*stored.Second)(nil) })
	k.keep(byID("ada"), minutes(1, 0, 0), []record.ID{1}, `1: {"id":1}`)
	k.expect(t, byID("ada"), []record.ID{2, 3}, `1: {"id":1}`)
}

func TestARecordWithoutAnIDCannotBePurgedAndIsNotKept(t *testing.T) {
	k := newKit(nil)
	k.Keep(byUser(), records.Answer{
		Terms: minutes(1, 0, 0), Asked: []record.ID{1}, Records: found(`1: {"id":1}`),
		IDOf: func(jsontext.Value) (record.ID, error) { return 0, errors.New("it has none") },
	})
	k.expect(t, byUser(), []record.ID{1, 2, 3})
}
