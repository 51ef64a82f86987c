package records_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/stored"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/records"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
)

// kit is a store of orders, and what it is made of.
type kit struct {
	*records.Store

	log    *purge.Log
	memory *stored.Part
}

func newKit(change func(*records.Parts)) *kit {
	k := &kit{log: purge.NewLog(1000, nil), memory: stored.NewMemory(16 << 20).Part("records")}
	parts := records.Parts{Memory: k.memory, Log: k.log, Absent: 5 * time.Second}
	if change != nil {
		change(&parts)
	}
	k.Store = records.New("order", parts)
	return k
}

func byID(caller string) records.Way { return way(records.ByID, "id", caller) }

func byUser() records.Way { return way("of users", "user_id", "ada") }

func way(name, member, caller string) records.Way {
	who := sharing.Caller{Known: &identity.Caller{ID: caller}, Sent: http.Header{}}
	return records.Way{Name: name, Member: member, Key: sharing.ForRecords(sharing.Principal, who, "order", name)}
}

func minutes(fresh, staleWhile, onError int) rules.Terms {
	at := func(minutes int) time.Time {
		if minutes == 0 {
			return time.Time{}
		}
		return time.Now().Add(time.Duration(minutes) * time.Minute)
	}
	return rules.Terms{Fresh: at(fresh), StaleWhile: at(staleWhile), StaleIfError: at(onError)}
}

// found are the records of an answer, as "1: {...}" has them.
func found(lines ...string) map[record.ID][]jsontext.Value {
	all := make(map[record.ID][]jsontext.Value)
	for _, line := range lines {
		key, raw, _ := strings.Cut(line, ": ")
		n, _ := strconv.Atoi(key)
		all[record.ID(n)] = append(all[record.ID(n)], jsontext.Value(raw))
	}
	return all
}

func (k *kit) keep(way records.Way, terms rules.Terms, asked []record.ID, lines ...string) {
	k.Keep(way, records.Answer{
		Since: k.Now(), Began: time.Now(), Terms: terms, Asked: asked, Records: found(lines...), IDOf: idOf,
	})
}

// idOf reads ids as {"id":7} has them.
func idOf(raw jsontext.Value) (record.ID, error) {
	var id record.ID
	if _, err := fmt.Sscanf(string(raw), `{"id":%d`, &id); err != nil {
		return 0, err
	}
	return id, nil
}

func texts(all map[record.ID][]jsontext.Value) []string {
	var lines []string
	for _, id := range slices.Sorted(maps.Keys(all)) {
		for _, each := range all[id] {
			lines = append(lines, id.String()+": "+string(each))
		}
	}
	return lines
}

// expect holds what is found of orders 1, 2 and 3 against what is wanted.
func (k *kit) expect(t *testing.T, way records.Way, missing []record.ID, lines ...string) records.Found {
	t.Helper()
	got := k.Find(t.Context(), way, []record.ID{1, 2, 3})
	if diff := cmp.Diff(lines, texts(got.Records)); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(missing, got.Missing); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
	return got
}

func TestOfThreeRecordsOnlyThatIsMissingWhichWasNotAskedForBefore(t *testing.T) {
	k := newKit(nil)
	k.expect(t, byID("ada"), []record.ID{1, 2, 3})
	k.keep(byID("ada"), minutes(1, 0, 0), []record.ID{1, 2}, `1: {"id":1}`, `2: {"id":2}`)
	k.expect(t, byID("ada"), []record.ID{3}, `1: {"id":1}`, `2: {"id":2}`)
}

func TestWhatIsKeptForOneIsMissingForAnother(t *testing.T) {
	k := newKit(nil)
	k.keep(byID("ada"), minutes(1, 0, 0), []record.ID{1, 2}, `1: {"id":1}`, `2: {"id":2}`)
	k.expect(t, byID("bob"), []record.ID{1, 2, 3})
	k.expect(t, byUser(), []record.ID{1, 2, 3})
}

func TestAKeyMayHaveSeveralRecords(t *testing.T) {
	k := newKit(nil)
	k.keep(byUser(), minutes(1, 0, 0), []record.ID{1, 2}, `1: {"id":11}`, `1: {"id":12}`, `1: {"id":13}`, `2: {"id":21}`)
	got := k.expect(t, byUser(), []record.ID{3}, `1: {"id":11}`, `1: {"id":12}`, `1: {"id":13}`, `2: {"id":21}`)
	for _, list := range got.Records {
		if cap(list) != len(list) || cap(list[0]) != len(list[0]) {
			t.Error("who appends to what was found writes into what is kept")
		}
	}
}

func TestWhatIsKeptIsACopy(t *testing.T) {
	k := newKit(nil)
	answer := found(`1: {"id":1}`)
	k.Keep(byID("ada"), records.Answer{Terms: minutes(1, 0, 0), Asked: []record.ID{1}, Records: answer})
	copy(answer[1][0], "overwritten")
	k.expect(t, byID("ada"), []record.ID{2, 3}, `1: {"id":1}`)
}

func TestRecordsAreUsedForAsLongAsTheServiceLetsThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKit(nil)
		began := time.Now()
		k.keep(byID("ada"), minutes(1, 2, 4), []record.ID{1}, `1: {"id":1}`)
		for _, tt := range []struct {
			after          time.Duration
			stale, onError bool
			missing        []record.ID
		}{
			{time.Minute - 1, false, false, []record.ID{2, 3}},
			{time.Minute, true, false, []record.ID{2, 3}},
			{2*time.Minute - 1, true, false, []record.ID{2, 3}},
			{2 * time.Minute, false, true, []record.ID{1, 2, 3}},
			{4*time.Minute - 1, false, true, []record.ID{1, 2, 3}},
			{4 * time.Minute, false, false, []record.ID{1, 2, 3}},
		} {
			time.Sleep(time.Until(began.Add(tt.after)))
			got := k.Find(t.Context(), byID("ada"), []record.ID{1, 2, 3})
			if !slices.Equal(got.Missing, tt.missing) || tt.stale != slices.Equal(got.Stale, []record.ID{1}) {
				t.Errorf("after %v, %v are missing and %v stale", tt.after, got.Missing, got.Stale)
			}
			if list, ok := got.OnError(t.Context(), 1); ok != tt.onError || ok && string(list[0]) != `{"id":1}` {
				t.Errorf("after %v, %s stands in for a failure: %v", tt.after, list, ok)
			}
			if _, ok := got.OnError(t.Context(), 2); ok {
				t.Error("something stands in for what nobody knows")
			}
		}
	})
}

func TestWhatTheServiceWantsToBeAskedAboutIsNotUsedWhenItIsStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKit(nil)
		terms := minutes(1, 2, 4)
		terms.MustRevalidate = true
		k.keep(byID("ada"), terms, []record.ID{1}, `1: {"id":1}`)
		k.expect(t, byID("ada"), []record.ID{2, 3}, `1: {"id":1}`)
		time.Sleep(time.Minute)
		got := k.expect(t, byID("ada"), []record.ID{1, 2, 3})
		if _, ok := got.OnError(t.Context(), 1); ok {
			t.Error("it stands in for a failure")
		}
	})
}

func TestThatThereIsNothingIsKnownForAMoment(t *testing.T) {
	for name, tt := range map[string]struct {
		absent time.Duration
		fresh  int
		known  time.Duration
	}{
		"for as long as the settings say": {5 * time.Second, 1, 5 * time.Second},
		"for as long as the service says": {time.Hour, 1, time.Minute},
		"not at all":                      {0, 1, 0},
		"not where it is stale already":   {5 * time.Second, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newKit(func(p *records.Parts) { p.Absent = tt.absent })
				k.keep(byID("ada"), minutes(tt.fresh, 2, 4), []record.ID{1, 2}, `2: {"id":2}`)
				if tt.known > 0 {
					k.expect(t, byID("ada"), []record.ID{3}, `2: {"id":2}`)
					time.Sleep(tt.known - 1)
					if got := k.Find(t.Context(), byID("ada"), []record.ID{1}); len(got.Missing)+len(got.Records) > 0 {
						t.Errorf("found %+v", got)
					}
					time.Sleep(time.Nanosecond)
				}
				got := k.Find(t.Context(), byID("ada"), []record.ID{1})
				if len(got.Missing) != 1 || len(got.Stale) > 0 {
					t.Errorf("after %v it is known: %+v", tt.known, got)
				}
			})
		})
	}
}

func TestWhatIsNotThereAnyMoreIsForgotten(t *testing.T) {
	k := newKit(func(p *records.Parts) { p.Absent = 0 })
	k.keep(byID("ada"), minutes(1, 2, 4), []record.ID{1, 2}, `1: {"id":1}`, `2: {"id":2}`)
	k.keep(byID("ada"), minutes(1, 2, 4), []record.ID{1})
	k.expect(t, byID("ada"), []record.ID{1, 3}, `2: {"id":2}`)
	k.keep(byID("ada"), rules.Terms{}, []record.ID{2}, `2: {"id":2}`)
	k.expect(t, byID("ada"), []record.ID{1, 2, 3})
}

func TestNothingIsKeptOfWhatNobodyMaySee(t *testing.T) {
	k := newKit(func(p *records.Parts) {
		p.Strip = func(raw jsontext.Value) (jsontext.Value, bool) {
			text := strings.ReplaceAll(string(raw), `,"secret":1`, "")
			return jsontext.Value(text), !strings.Contains(text, "odd")
		}
	})
	k.keep(byID("ada"), minutes(1, 0, 0), []record.ID{1, 2}, `1: {"id":1,"secret":1}`, `2: {"id":2,"odd"}`)
	k.keep(byUser(), minutes(1, 0, 0), []record.ID{1, 2}, `1: {"id":1}`, `1: {"id":2,"odd"}`, `2: {"id":3,"secret":1}`, `2: {"id":4}`)
	k.expect(t, byID("ada"), []record.ID{2, 3}, `1: {"id":1}`)
	k.expect(t, byUser(), []record.ID{1, 3}, `2: {"id":3}`, `2: {"id":4}`)
}

func TestAKeyIsNotKeptOfWhichTooMuchWouldBeToRemember(t *testing.T) {
	k := newKit(nil)
	var many []string
	for i := range 257 {
		many = append(many, fmt.Sprintf(`1: {"id":%d}`, i+1))
	}
	large := strings.Repeat("x", 1<<20)
	k.keep(byUser(), minutes(1, 0, 0), []record.ID{1, 2, 3}, append(many, `2: {"id":1}`, `3: {"id":1,"text":"`+large+`"}`)...)
	k.expect(t, byUser(), []record.ID{1, 3}, `2: {"id":1}`)
	k.keep(byUser(), minutes(1, 0, 0), []record.ID{1, 2, 3}, append(many[1:], `2: {"name":1}`, `3: {}`)...)
	got := k.Find(t.Context(), byUser(), []record.ID{1, 2, 3})
	if len(got.Records[1]) != 256 || !slices.Equal(got.Missing, []record.ID{2, 3}) {
		t.Errorf("of 256 records %d are kept, and %v are missing", len(got.Records[1]), got.Missing)
	}
}

func TestNothingIsLookedForInAWayOfWhichNothingWasKept(t *testing.T) {
	k := newKit(nil)
	k.keep(byID("ada"), rules.Terms{}, []record.ID{1}, `1: {"id":1}`)
	if !k.Empty() || k.Knows(records.ByID) {
		t.Error("it looks for what was not kept")
	}
	k.keep(byID("ada"), minutes(1, 0, 0), []record.ID{1}, `1: {"id":1}`)
	if k.Empty() || !k.Knows(records.ByID) || k.Knows("of users") {
		t.Error("it does not know of which way something was kept")
	}
}

func TestWhatCannotBeReadIsForgotten(t *testing.T) {
	k := newKit(nil)
	k.keep(byID("ada"), minutes(1, 0, 0), []record.ID{1, 2}, `1: {"id":1}`, `2: {"id":2}`)
	k.Forget(byID("ada"), []record.ID{1, 3})
	k.expect(t, byID("ada"), []record.ID{1, 3}, `2: {"id":2}`)
}

func TestARecordByItselfIsTheSameAsInABatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKit(nil)
		key := byID("ada").Key
		if _, ok := k.One(t.Context(), key, 1); ok {
			t.Error("found what is not there")
		}
		k.keep(byID("ada"), minutes(1, 2, 0), []record.ID{1, 2}, `1: {"id":1}`)
		one, ok := k.One(t.Context(), key, 1)
		if !ok || string(one.Raw) != `{"id":1}` || !one.Terms.Fresh.Equal(time.Now().Add(time.Minute)) ||
			!one.Began.Equal(time.Now()) || !one.Terms.StaleIfError.IsZero() || !slices.Contains(one.Tags, purge.Record("order", "id", 1)) {
			t.Errorf("found %+v, %v", one, ok)
		}
		if _, ok := k.One(t.Context(), key, 2); ok {
			t.Error("found a record that there is not")
		}
		k.KeepOne(key, 3, records.One{Raw: jsontext.Value(`{"id":3}`), Terms: minutes(1, 0, 0), Since: k.Now(), Began: time.Now()})
		k.expect(t, byID("ada"), nil, `1: {"id":1}`, `3: {"id":3}`)
		k.KeepOne(key, 1, records.One{Terms: minutes(1, 0, 0), Since: k.Now(), Began: time.Now()})
		k.expect(t, byID("ada"), nil, `3: {"id":3}`)
		k.log.Purge(t.Context(), purge.ByWrite, purge.Record("order", "id", 3))
		if _, ok := k.One(t.Context(), key, 3); ok {
			t.Error("found what was purged")
		}
	})
}
