package shared

import (
	"strconv"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/redis/redistest"
)

func TestOnlyTheFirstWaitsForARedisThatHangs(t *testing.T) {
	t.Parallel() // it mostly waits
	server := redistest.Start(t)
	config := patient()
	config.Wait, config.Probe, config.Bound = 500*time.Millisecond, time.Second, time.Minute
	one, other := together(t, config, server)
	v, another := other.fetch(product(7)), other.fetch(product(2000))
	server.Hang()
	for n := range int64(1000) {
		one.purge(t, product(n)) // which would take minutes if each waited
	}
	if one.well.Load() || one.metric(t, "concierge_purges_waiting") != 1000 {
		t.Error("Redis is taken for well")
	}
	server.Continue()
	other.ends(t, v)
	meet(t, one, other)
	if !other.holds(another) {
		t.Error("more was purged than was asked for")
	}
	if gone, back := one.logged("are not shared"), one.logged("are shared"); gone < 1 || back < 2 {
		t.Errorf("it was logged %d times that it went, and %d times that it came:\n%s", gone, back, one.log)
	}
}

func TestPurgesWaitForARedisThatComesBack(t *testing.T) {
	for name, saved := range map[string]bool{"with its order": true, "without its order": false} {
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t)
			one, other := together(t, patient(), server)
			one.purge(t, product(5))
			one.settled(t)
			redistest.Await(t, "the other", func() bool { return other.purges.Now().Shared == one.purges.Now().Shared })
			purged, another := other.fetch(product(1)), other.fetch(product(2))
			if saved {
				server.Do("SAVE")
			}
			server.Kill()
			redistest.Await(t, "that it is found out", func() bool { return !one.well.Load() })
			one.purge(t, product(1))
			if saved && !other.holds(purged) {
				t.Error("it is known at once")
			}
			server.Start()
			other.ends(t, purged)
			meet(t, one, other)
			one.settled(t)
			if got := other.holds(another); got != saved {
				t.Errorf("another value holds: %t", got)
			}
			if got := other.takes(another); got != saved {
				t.Errorf("another value is taken: %t", got)
			}
			redistest.Await(t, "what is fetched afterwards", func() bool { return one.takes(other.fetch(product(1))) })
		})
	}
}

func TestWhatRedisHasForgottenMayHaveBeenOfAnything(t *testing.T) {
	for name, forget := range map[string]func(server *redistest.Server, key string){
		"everything":  func(server *redistest.Server, _ string) { server.Do("FLUSHALL") },
		"the stream":  func(server *redistest.Server, key string) { server.Do("DEL", key) },
		"all entries": func(server *redistest.Server, key string) { server.Do("XTRIM", key, "MAXLEN", "0") },
		"the last entry": func(server *redistest.Server, key string) {
			answer := server.Do("XREVRANGE", key, "+", "-", "COUNT", "1")
			entries, _ := answer.AsXRange()
			server.Do("XDEL", key, entries[0].ID)
		},
		"who wrote what": func(server *redistest.Server, key string) { server.Do("XADD", key, "*", "a", "b") },
		"an entry, by a clock that is behind": func(server *redistest.Server, key string) {
			server.Do("EVAL", // at once, or an instance puts something in between that is newer
				`redis.call("DEL", KEYS[1]) return redis.call("XADD", KEYS[1], "1-1", "p", "0-0", "s", "", "n", "", "t", ARGV[1])`,
				"1", key, pack(product(1)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t)
			one, other := together(t, patient(), server)
			one.purge(t, product(1))
			one.settled(t)
			redistest.Await(t, "the other", func() bool { return other.purges.Now().Shared == one.purges.Now().Shared })
			mine, theirs := one.fetch(product(2)), other.fetch(product(3))
			forget(server, one.key)
			one.ends(t, mine)
			other.ends(t, theirs)
			one.settled(t)
			other.settled(t)
			redistest.Await(t, "the end of what is left for others", func() bool { return !one.takes(theirs) && !other.takes(mine) })
			redistest.Await(t, "what is fetched afterwards", func() bool { return one.takes(other.fetch(product(2))) })
			v := other.fetch(product(1))
			one.purge(t, product(1))
			other.ends(t, v)
		})
	}
}

func TestWhoWasAwayTooLongUsesNothingOfBefore(t *testing.T) {
	server := redistest.Start(t)
	one, away := open(t, patient(), server), prepare(t, patient(), server)
	meet(t, one)
	r := &reader{Order: away.Order, purges: away.purges}
	look := func() {
		t.Helper()
		if err := r.round(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	look()
	v := away.fetch(product(9))
	one.purge(t, product(1))
	look()
	if !away.holds(v) {
		t.Fatal("it does not hold although nothing was missed")
	}
	for n := range int64(3) {
		one.purge(t, product(n))
	}
	server.Do("XTRIM", one.key, "MAXLEN", "1")
	look()
	if away.holds(v) || away.takes(v) {
		t.Errorf("it holds although purges were missed: %+v, at %+v", v.since, away.purges.Now())
	}
	if !away.takes(away.fetch(product(9))) || len(away.out.messages) != 0 {
		t.Error("what was fetched afterwards does not hold, or the others were told that something was lost")
	}
}

func TestWhereRedisHasLostAnEntryEverybodyIsTold(t *testing.T) {
	server := redistest.Start(t)
	one := prepare(t, patient(), server)
	r := &reader{Order: one.Order, purges: one.purges}
	if err := r.round(t.Context()); err != nil {
		t.Fatal(err)
	}
	known := r.last
	one.well.Store(false) // nobody sends, so nobody waits
	one.purges.Purge(t.Context(), purge.ByWrite, product(1))
	if err := one.add(t.Context(), one.out.next()); err != nil {
		t.Fatal(err)
	}
	if err := r.round(t.Context()); err != nil || r.last == known {
		t.Fatal(err)
	}
	// A server that takes over has not heard of it, and goes on.
	server.Do("XDEL", one.key, r.last.String())
	server.Do("XADD", one.key, "*", "p", known.String(), "s", "other", "n", "1", "t", pack(product(2)))
	v := one.fetch(product(3))
	if n, err := r.read(t.Context(), 0); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if one.holds(v) {
		t.Error("it holds")
	}
	if m := one.out.next(); m == nil || m.tags[0] != purge.All() {
		t.Error("nobody is told")
	}
}

func TestAMessageThatRedisHasLostIsSentAgain(t *testing.T) {
	server := redistest.Start(t)
	one, other := prepare(t, patient(), server), open(t, patient(), server)
	meet(t, other)
	r := &reader{Order: one.Order, purges: one.purges}
	if err := r.round(t.Context()); err != nil {
		t.Fatal(err)
	}
	one.well.Store(false) // nobody sends, so nobody waits
	one.purges.Purge(t.Context(), purge.ByWrite, product(1))
	m := one.out.next()
	one.out.delivered(m) // as far as it knows
	if err := r.round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if again := one.out.next(); again != m {
		t.Fatal("it is not sent again")
	}
	v := other.fetch(product(1))
	if err := one.add(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	other.ends(t, v)
}

func TestTooManyPurgesThatWaitBecomeOneOfAll(t *testing.T) {
	server := redistest.Start(t)
	one, other := together(t, patient(), server)
	one.out.most = 10
	server.Kill()
	redistest.Await(t, "that it is found out", func() bool { return !one.well.Load() })
	for n := range int64(30) {
		one.purge(t, product(n))
		if got := one.metric(t, "concierge_purges_waiting"); got > 10 {
			t.Fatalf("%v tags wait", got)
		}
	}
	server.Start()
	meet(t, one, other)
	one.settled(t)
	v := one.fetch(product(1))
	redistest.Await(t, "what is fetched afterwards", func() bool { return one.takes(v) && other.takes(v) })
}

func TestOutOfTouchOnlyWhatIsYoungIsUsed(t *testing.T) {
	t.Parallel() // it mostly waits
	for name, c := range map[string]struct {
		cut, mend func(server *redistest.Server)
	}{
		"it hangs":        {(*redistest.Server).Hang, (*redistest.Server).Continue},
		"it is gone":      {(*redistest.Server).Kill, (*redistest.Server).Start},
		"it is no master": {command("REPLICAOF", "127.0.0.1", "1"), command("REPLICAOF", "NO", "ONE")},
	} {
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t)
			config := patient()
			config.Wait, config.Probe, config.Bound = 200*time.Millisecond, 100*time.Millisecond, 2*time.Second
			one, _ := together(t, config, server)
			v := one.fetch(product(1))
			redistest.Await(t, "that it is old", func() bool { return time.Since(v.came) > config.Bound })
			redistest.Await(t, "that it is used in touch", func() bool { return one.holds(v) && one.takes(one.fetch(product(1))) })
			c.cut(server)
			one.ends(t, v)
			if one.takes(v) {
				t.Error("what others have left is taken")
			}
			if v := one.fetch(product(1)); !one.holds(v) {
				t.Error("what is young is not used")
			}
			c.mend(server)
			redistest.Await(t, "that it is in touch again", one.isIn)
		})
	}
}

func command(words ...string) func(*redistest.Server) {
	return func(server *redistest.Server) { server.Do(words...) }
}

func TestARedisThatIsFullIsToldLater(t *testing.T) {
	server := redistest.Start(t)
	config := patient()
	config.Wait, config.Probe, config.Bound = 200*time.Millisecond, 100*time.Millisecond, time.Second
	one, other := together(t, config, server)
	v, another := other.fetch(product(1)), other.fetch(product(2))
	server.Do("CONFIG", "SET", "maxmemory", "1")
	one.purge(t, product(1))
	redistest.Await(t, "that it is found out", func() bool { return !one.well.Load() })
	if got := one.metric(t, "concierge_purges_waiting"); got != 1 || !other.holds(v) {
		t.Errorf("%v tags wait", got)
	}
	redistest.Await(t, "that others cannot hear of it", func() bool { return !one.purges.InTouch() })
	server.Do("CONFIG", "SET", "maxmemory", "0")
	other.ends(t, v)
	meet(t, one, other)
	if !other.holds(another) {
		t.Error("more was purged")
	}
}

func TestItStartsWithoutRedis(t *testing.T) {
	server := redistest.Reserve(t)
	one := open(t, patient(), server)
	v, another := one.fetch(product(1)), one.fetch(product(2))
	one.purge(t, product(1))
	if one.holds(v) || !one.holds(another) || one.takes(another) {
		t.Error("it does not purge by itself")
	}
	redistest.Await(t, "that it is said", func() bool { return one.logged("are not shared") == 1 })
	server.Start()
	meet(t, one)
	one.settled(t)
	if answer := server.Do("XLEN", one.key); answer.String() == "" {
		t.Error("nothing was told")
	}
	for _, n := range []int64{1, 2} {
		if v := one.fetch(product(n)); !one.takes(v) {
			t.Errorf("product %s is not taken", strconv.FormatInt(n, 10))
		}
	}
}
