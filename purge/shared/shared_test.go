package shared

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/redis/redistest"
)

func TestAPurgeIsHeardByAllInstances(t *testing.T) {
	one, other := together(t, patient(), redistest.Start(t))
	mine, theirs, another := one.fetch(product(1)), other.fetch(product(1), product(9)), other.fetch(product(2))
	one.purge(t, product(1), product(3))
	if one.holds(mine) {
		t.Error("who has purged uses it")
	}
	other.ends(t, theirs)
	if !other.holds(another) || !other.holds(other.fetch(product(1))) {
		t.Error("what was not purged is not used any more")
	}
	last := one.fetch(product(1), product(2))
	other.purge(t, purge.All())
	one.ends(t, last)
	if one.metric(t, "concierge_purges_in_touch") != 1 || one.metric(t, "concierge_purges_waiting") != 0 {
		t.Error("the metrics say that it is out of touch")
	}
}

func TestWhoPurgesWaitsUntilRedisKnows(t *testing.T) {
	server := redistest.Start(t)
	one, _ := together(t, patient(), server)
	for n := range int64(20) {
		one.purge(t, product(n))
		answer := server.Do("XREVRANGE", one.key, "+", "-", "COUNT", "1")
		entries, err := answer.AsXRange()
		if err != nil || len(entries) != 1 || entries[0].FieldValues["t"] != pack(product(n)) {
			t.Fatalf("the last entry is %v, %v", entries, err)
		}
	}
}

func TestWhatOneInstanceLeavesIsTakenByAnotherUntilItIsPurged(t *testing.T) {
	one, other := together(t, patient(), redistest.Start(t))
	left := one.fetch(product(1))
	unrelated := one.fetch(product(2))
	if !other.takes(left) || !one.takes(left) {
		t.Fatal("it is not taken at first")
	}
	other.purge(t, product(1))
	if other.takes(left) || !other.takes(unrelated) {
		t.Error("who has purged takes it, or nothing any more")
	}
	redistest.Await(t, "the end of it", func() bool { return !one.takes(left) })
	other.settled(t)
	redistest.Await(t, "what was fetched after the purge", func() bool {
		again := one.fetch(product(1))
		return one.takes(again) && other.takes(again)
	})
	if !other.takes(unrelated) {
		t.Error("what was not purged is not taken")
	}
}

func TestWhoStartsLaterKnowsOfEarlierPurges(t *testing.T) {
	server := redistest.Start(t)
	one := open(t, patient(), server)
	meet(t, one)
	old, other := one.fetch(product(1)), one.fetch(product(2))
	one.purge(t, product(1))
	one.settled(t)
	late := open(t, patient(), server)
	meet(t, late)
	if late.takes(old) || !late.takes(other) || !late.takes(one.fetch(product(1))) {
		t.Error("it does not know what was purged")
	}
}

func TestManyPurgesAtOnceAreAllHeardAndNoneIsMissed(t *testing.T) {
	server := redistest.Start(t)
	one, other := together(t, patient(), server)
	floors := one.metric(t, "concierge_purge_floors_total") + other.metric(t, "concierge_purge_floors_total")
	var values []value
	for n := range int64(40) {
		values = append(values, one.fetch(product(n)), other.fetch(product(n)))
	}
	var callers sync.WaitGroup
	for n := range int64(40) {
		callers.Go(func() {
			for range 10 {
				by := one
				if rand.IntN(2) == 0 {
					by = other
				}
				by.purge(t, product(n), product(rand.Int64N(40)))
			}
		})
	}
	callers.Wait()
	one.settled(t)
	other.settled(t)
	newest := max(one.purges.Now().Shared, other.purges.Now().Shared)
	for n, i := range []*instance{one, other} {
		redistest.Await(t, "the end of the order", func() bool { return i.purges.Now().Shared == newest })
		for id := range int64(40) {
			if i.holds(values[2*id+int64(n)]) {
				t.Errorf("instance %d uses product %d", n, id)
			}
			if !i.takes(i.fetch(product(id))) {
				t.Errorf("instance %d does not take product %d", n, id)
			}
		}
	}
	if got := one.metric(t, "concierge_purge_floors_total") + other.metric(t, "concierge_purge_floors_total"); got != floors {
		t.Errorf("everything was purged %v times", got-floors)
	}
}

func TestAPurgeOfSomebodyWhoHasLeftIsHeard(t *testing.T) {
	one, other := together(t, patient(), redistest.Start(t))
	v := other.fetch(product(1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	one.purges.Purge(ctx, purge.ByWrite, product(1))
	one.stop() // sends what is left
	other.ends(t, v)
}

func TestAClusterSharesPurges(t *testing.T) {
	t.Parallel() // it mostly waits
	one, other := together(t, patient(), redistest.Cluster(t, 3)...)
	v, another := other.fetch(product(1)), other.fetch(product(2))
	one.purge(t, product(1))
	other.ends(t, v)
	one.settled(t)
	if !other.holds(another) || !one.takes(another) || !one.takes(other.fetch(product(1))) {
		t.Error("more was purged")
	}
}
