package cache_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/stored"
)

// order is a teller whose purges everybody hears of at once.
type order struct {
	place uint64
	logs  []*purge.Log
}

func (*order) Bound() time.Duration { return time.Minute }

func (o *order) Tell(_ context.Context, at uint64, tags []purge.Tag) {
	o.place++
	for i, log := range o.logs {
		heard := purge.Heard{Shared: o.place, Tags: tags}
		if i == 0 {
			heard.Told = at
		}
		log.Hear(heard)
	}
}

// instances are two gateways with one second level. The changes are the first one's.
func instances(t *testing.T, s *service, store *second, change ...func(*setting)) (one, other *opened, orders *order) {
	t.Helper()
	orders = &order{place: 1}
	with := func(s *setting) {
		log := purge.NewLog(1000, orders)
		log.Touch(time.Now())
		log.Hear(purge.Heard{Shared: 1})
		orders.logs = append(orders.logs, log)
		s.parts.Purges, s.parts.Second = log, store
		s.parts.Memory = stored.NewMemory(1 << 20).Part("answers")
	}
	return open(t, s, append(change, with)...), open(t, s, with), orders
}

func TestAnotherInstanceFindsWhatIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := always(200, "Ada", "Cache-Control", "max-age=60, stale-while-revalidate=60", "Vary", "Accept-Language", "X-Own", "1")
		store := &second{texts: make(map[sharing.Key][]byte)}
		one, other, _ := instances(t, s, store)
		one.get(t, "/users/7")
		time.Sleep(30 * time.Second)
		got := other.get(t, "/users/7")
		if !got.served || got.body != "Ada" || got.header.Get("Age") != "30" || got.header.Get("X-Own") != "1" || s.calls.Load() != 1 {
			t.Errorf("got %+v by %d calls", got, s.calls.Load())
		}
		asked := store.asked
		if got := other.get(t, "/users/7"); !got.served || store.asked != asked {
			t.Errorf("the second time, got %+v, and the store was asked again: %t", got, store.asked != asked)
		}
		if got := other.get(t, "/users/7", "Accept-Language", "de"); got.served {
			t.Errorf("another variant: %+v", got)
		}
	})
}

func TestAStaleAnswerOfAnotherInstanceIsAskedForAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := always(200, "Ada", "Cache-Control", "max-age=10, stale-while-revalidate=60")
		one, other, _ := instances(t, s, &second{texts: make(map[sharing.Key][]byte)})
		one.get(t, "/users/7")
		time.Sleep(30 * time.Second)
		if got := other.get(t, "/users/7"); !got.served || got.did() != `concierge; hit; ttl=-20; detail=stale-while-revalidate` {
			t.Errorf("got %+v", got)
		}
		synctest.Wait()
		if s.calls.Load() != 2 {
			t.Errorf("%d calls", s.calls.Load())
		}
	})
}

func TestWhatWasPurgedElsewhereIsNotTakenFromTheSecondLevel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := always(200, "Ada", "Cache-Control", "max-age=60")
		one, other, orders := instances(t, s, &second{texts: make(map[sharing.Key][]byte)})
		one.get(t, "/users/7")
		orders.logs[0].Purge(t.Context(), purge.ByAdmin, purge.Path("user", "/users/7"))
		if got := other.get(t, "/users/7"); got.served {
			t.Errorf("got %+v", got)
		}
		if got := one.get(t, "/users/7"); !got.served || s.calls.Load() != 2 {
			t.Errorf("what is newer than the purge: %+v", got)
		}
	})
}

func TestASecondLevelThatIsGoneIsNotAsked(t *testing.T) {
	store := &second{texts: make(map[sharing.Key][]byte), gone: true}
	s := always(200, "Ada", "Cache-Control", "max-age=60")
	one, _, _ := instances(t, s, store)
	one.get(t, "/users/7")
	if store.asked != 0 {
		t.Error("it was asked")
	}
}

func TestTheSecondLevelIsNotAskedInVainForever(t *testing.T) {
	store := &second{texts: make(map[sharing.Key][]byte)}
	one, _, _ := instances(t, always(200, "Ada"), store)
	for range 1000 {
		one.get(t, "/users/7")
	}
	if store.asked < 17 || store.asked > 40 {
		t.Errorf("it was asked %d times of 1,000", store.asked)
	}
}

func TestWhatCannotBeReadInTheSecondLevelIsNotThere(t *testing.T) {
	s := always(200, "Ada", "Cache-Control", "max-age=60")
	store := &second{texts: make(map[sharing.Key][]byte)}
	one, other, _ := instances(t, s, store)
	one.get(t, "/users/7")
	for key := range store.texts {
		store.texts[key] = store.texts[key][:len(store.texts[key])-1]
	}
	if got := other.get(t, "/users/7"); got.served || got.body != "Ada" {
		t.Errorf("got %+v", got)
	}
}

func TestNoSecretOfACallerIsKept(t *testing.T) {
	store := &second{texts: make(map[sharing.Key][]byte)}
	s := always(200, "Ada", "Cache-Control", "public, max-age=60", "Vary", "Authorization, Cookie, X-Api-Key")
	one, other, _ := instances(t, s, store)
	for _, each := range []*opened{one, other} {
		each.get(t, "/users", "Authorization", "Bearer secret", "Cookie", "a=secret", "X-Api-Key", "secret")
	}
	if s.calls.Load() != 1 || len(store.texts) != 1 {
		t.Errorf("%d calls, of which %d answers are kept", s.calls.Load(), len(store.texts))
	}
	for _, text := range store.texts {
		if strings.Contains(string(text), "secret") {
			t.Errorf("it lies there: %q", text)
		}
	}
}

// The settings of two instances differ while a new configuration is rolled out.
func TestACookieThatIsForEverybodyAtOneInstanceOnlyIsNotTaken(t *testing.T) {
	s := always(200, "Ada", "Cache-Control", "public, max-age=60", "Set-Cookie", "a=b")
	one, other, _ := instances(t, s, &second{texts: make(map[sharing.Key][]byte)}, func(s *setting) { s.config.Cookies = true })
	one.get(t, "/users")
	if got := one.get(t, "/users"); !got.served {
		t.Errorf("got %+v", got)
	}
	if got := other.get(t, "/users"); got.served {
		t.Errorf("got %+v", got)
	}
}
