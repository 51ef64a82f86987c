package stored

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/redis"
	"github.com/concierge-gateway/concierge/redis/redistest"
	"github.com/concierge-gateway/concierge/sharing"
)

// instance is one of those that share what is kept.
type instance struct {
	*Second
	registry *prometheus.Registry
	log      *written
}

// open begins an instance by settings by which a busy machine is no failure. It ends with the test.
func open(t testing.TB, change func(*SecondConfig), servers ...*redistest.Server) *instance {
	t.Helper()
	at := redis.DefaultConfig()
	for _, server := range servers {
		at.Addresses = append(at.Addresses, server.Address)
	}
	client, err := redis.Open(at)
	if err != nil {
		t.Fatal(err)
	}
	config := DefaultConfig().Redis
	config.Enabled, config.Timeout, config.Probe = true, 5*time.Second, 20*time.Millisecond
	change(&config)
	i := &instance{registry: prometheus.NewRegistry(), log: &written{}}
	i.Second = NewSecond(config, "", client, NewMetrics(i.registry), slog.New(slog.NewTextHandler(i.log, nil)))
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { i.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
		i.Close()
		client.Close()
	})
	return i
}

// well is an instance that has found its Redis.
func well(t testing.TB, change func(*SecondConfig), servers ...*redistest.Server) *instance {
	t.Helper()
	i := open(t, change, servers...)
	redistest.Await(t, "Redis", i.Reachable)
	return i
}

// keep sets values and waits until they are written.
func (i *instance) keep(t testing.TB, until time.Time, values map[sharing.Key][]byte) {
	t.Helper()
	written := metric(t, i.registry, "second_writes_total", "written")
	for key, data := range values {
		i.Set(key, data, until)
	}
	redistest.Await(t, "what is written", func() bool {
		return metric(t, i.registry, "second_writes_total", "written") == written+float64(len(values))
	})
}

func numbered(count, size int) (keys []sharing.Key, values map[sharing.Key][]byte) {
	values = make(map[sharing.Key][]byte)
	for n := range count {
		keys = append(keys, keyOf(n))
		values[keyOf(n)] = fmt.Appendf(records(size), "%d", n)
	}
	return keys, values
}

func (i *instance) expect(t testing.TB, keys []sharing.Key, values map[sharing.Key][]byte) {
	t.Helper()
	got := i.Get(t.Context(), keys...)
	if len(got) != len(keys) {
		t.Fatalf("there are %d answers to %d keys:\n%s", len(got), len(keys), i.log)
	}
	for n, key := range keys {
		if !bytes.Equal(got[n], values[key]) {
			t.Errorf("key %d finds %q, want %q", n, got[n], values[key])
		}
	}
}

func TestWhatOneInstanceKeepsAnotherFinds(t *testing.T) {
	server := redistest.Start(t)
	one, other := well(t, usual, server), well(t, usual, server)
	keys, values := numbered(200, 700)
	values[keys[0]], values[keys[1]] = []byte{}, []byte("{}")
	one.keep(t, inAnHour(), values)
	other.expect(t, append(keys, keyOf(1000), keyOf(5)), values)
	if got := other.Get(t.Context(), keys[0]); len(got) != 1 || got[0] == nil {
		t.Error("an empty value is not told from none")
	}
	for result, want := range map[string]float64{"hit": 202, "miss": 1, "unavailable": 0} {
		if got := metric(t, other.registry, "second_requests_total", result); got != want {
			t.Errorf("%v are %s, want %v", got, result, want)
		}
	}
	if got := metric(t, other.registry, "second_duration_seconds"); got != 2 {
		t.Errorf("it was asked %v times, want 2", got)
	}
	message := server.Do("GET", "concierge:kept:"+keys[3].String())
	raw, err := message.AsBytes()
	if err != nil || len(raw) == 0 || raw[0] != compressed || len(raw) > 600 {
		t.Errorf("there lie %d bytes: %v", len(raw), err)
	}
}

func TestAValueIsForgottenInItsTime(t *testing.T) {
	server := redistest.Start(t)
	i := well(t, usual, server)
	keys, values := numbered(1, 10)
	i.keep(t, inAnHour(), values)
	left := server.Do("PTTL", "concierge:kept:"+keys[0].String())
	if got, err := left.AsInt64(); err != nil || got > time.Hour.Milliseconds() || got < 50*time.Minute.Milliseconds() {
		t.Errorf("it is forgotten in %d ms: %v", got, err)
	}
	i.keep(t, time.Now().Add(50*time.Millisecond), values)
	redistest.Await(t, "its end", func() bool {
		got := i.Get(t.Context(), keys[0])
		return len(got) == 1 && got[0] == nil
	})
}

func TestWhatIsDamagedOrOfSomebodyElseIsNotThere(t *testing.T) {
	server := redistest.Start(t)
	i := well(t, func(c *SecondConfig) { c.MaxEntry = 10_000 }, server)
	for n, value := range []string{
		"", "\x00", "\x01", "\x02", "\x03abc", `{"id":1}`, "\x02\xff\xff\xff\xff\x0f", string(pack(records(5_000))[:100]),
		"\x01" + strings.Repeat("a", 10_001), "\x01" + strings.Repeat("a", 1<<20), string(pack(bytes.Repeat([]byte("a"), 10_001))),
		"\x01" + strings.Repeat("a", 10_000),
	} {
		server.Do("SET", "concierge:kept:"+keyOf(n).String(), value)
	}
	server.Do("RPUSH", "concierge:kept:"+keyOf(12).String(), "a")
	server.Do("HSET", "concierge:kept:"+keyOf(13).String(), "a", "b")
	keys, _ := numbered(14, 1)
	i.expect(t, keys, map[sharing.Key][]byte{keys[2]: {}, keys[11]: bytes.Repeat([]byte("a"), 10_000)})
	if !i.Reachable() {
		t.Error("Redis is taken for gone")
	}
}

func TestOneQuestionAtMostWaitsForARedisThatHangs(t *testing.T) {
	t.Parallel() // it mostly waits
	server := redistest.Start(t)
	i := well(t, func(c *SecondConfig) { c.Timeout = time.Second }, server)
	keys, values := numbered(10, 1000)
	i.keep(t, inAnHour(), values)
	server.Hang()
	var callers sync.WaitGroup
	for range 20 {
		callers.Go(func() {
			for range 50 {
				if got := i.Get(t.Context(), keys...); got != nil {
					t.Errorf("got %q", got)
				}
				i.Set(keys[0], values[keys[0]], inAnHour())
			}
		})
	}
	callers.Wait() // which would take 50 s if each of them waited
	if got := i.log.count("reason=timeout"); got != 1 {
		t.Errorf("it was told %d times:\n%s", got, i.log)
	}
	server.Continue()
	redistest.Await(t, "its return", i.Reachable)
	i.expect(t, keys, values)
	if got := i.log.count("is shared"); got != 2 {
		t.Errorf("it came back %d times", got-1)
	}
}

func TestARedisThatWasKilledIsUsedAgain(t *testing.T) {
	server := redistest.Start(t)
	i := well(t, usual, server)
	keys, values := numbered(10, 1000)
	for range 3 {
		i.keep(t, inAnHour(), values)
		i.expect(t, keys, values)
		server.Kill()
		if got := i.Get(t.Context(), keys...); got != nil {
			t.Errorf("got %q", got)
		}
		server.Start()
		redistest.Await(t, "its return", i.Reachable)
		i.expect(t, keys, nil) // it has forgotten them
	}
}

func TestRedisMayComeLater(t *testing.T) {
	server := redistest.Reserve(t)
	i := open(t, usual, server)
	keys, values := numbered(10, 1000)
	if got := i.Get(t.Context(), keys...); got != nil {
		t.Errorf("got %q", got)
	}
	redistest.Await(t, "the log", func() bool { return i.log.count("cannot be used") == 1 })
	server.Start()
	redistest.Await(t, "Redis", i.Reachable)
	i.keep(t, inAnHour(), values)
	i.expect(t, keys, values)
}

func TestARedisThatRefusesToReadIsGoneAndOneThatTakesNothingIsNot(t *testing.T) {
	server := redistest.Start(t)
	i := well(t, usual, server)
	keys, values := numbered(2, 1000)
	i.keep(t, inAnHour(), values)
	server.Do("CONFIG", "SET", "maxmemory", "1")
	i.Set(keys[0], []byte("another"), inAnHour())
	redistest.Await(t, "a refusal", func() bool { return metric(t, i.registry, "second_writes_total", "failed") == 1 })
	i.expect(t, keys, values)
	if i.log.count("does not take") != 1 {
		t.Errorf("the log is\n%s", i.log)
	}
	server.Do("CONFIG", "SET", "maxmemory", "0")
	server.Do("ACL", "SETUSER", "default", "-getrange")
	if got := i.Get(t.Context(), keys...); got != nil || i.Reachable() {
		t.Errorf("got %q", got)
	}
	server.Do("ACL", "SETUSER", "default", "+getrange")
	redistest.Await(t, "its return", i.Reachable)
}

func TestAClusterSharesWhatIsKept(t *testing.T) {
	t.Parallel() // it mostly waits
	nodes := redistest.Cluster(t, 3)
	one, other := well(t, usual, nodes...), well(t, func(c *SecondConfig) { c.Timeout = time.Second }, nodes...)
	keys, values := numbered(300, 600)
	one.keep(t, inAnHour(), values)
	other.expect(t, keys, values)
	if got := metric(t, other.registry, "second_duration_seconds"); got != 1 {
		t.Errorf("it was asked %v times, want 1", got)
	}
	nodes[1].Hang()
	if got := other.Get(t.Context(), keys...); got != nil {
		t.Errorf("of two thirds of a cluster there is %q", got)
	}
	if other.Reachable() {
		t.Error("it is taken for well while a node hangs")
	}
	nodes[1].Continue()
	redistest.Await(t, "its return", other.Reachable)
	redistest.Await(t, "all values", func() bool { return other.Get(t.Context(), keys...) != nil })
	other.expect(t, keys, values)
}

func TestManyCanUseTheSecondLevelWhileItComesAndGoes(t *testing.T) {
	t.Parallel() // it mostly waits
	server := redistest.Start(t)
	i := well(t, func(c *SecondConfig) { c.Timeout = 50 * time.Millisecond }, server)
	_, values := numbered(50, 1000)
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for n := worker; ctx.Err() == nil; n++ {
				key := keyOf(n % 50)
				i.Set(key, values[key], inAnHour())
				if got := i.Get(ctx, key); len(got) == 1 && got[0] != nil && !bytes.Equal(got[0], values[key]) {
					t.Errorf("key %d finds %q", n, got[0])
				}
			}
		})
	}
	for range 3 {
		hits := metric(t, i.registry, "second_requests_total", "hit")
		redistest.Await(t, "hits", func() bool { return metric(t, i.registry, "second_requests_total", "hit") > hits+20 })
		server.Hang()
		redistest.Await(t, "that it is found to be gone", func() bool { return !i.Reachable() })
		server.Continue()
		redistest.Await(t, "its return", i.Reachable)
		server.Kill()
		redistest.Await(t, "that it is found to be gone", func() bool { return !i.Reachable() })
		server.Start()
	}
	cancel()
	all.Wait()
}

func BenchmarkSecond(b *testing.B) {
	i := well(b, usual, redistest.Start(b))
	keys, values := numbered(100, 1000)
	i.keep(b, inAnHour(), values)
	for _, count := range []int{1, 10, 100} {
		b.Run(strconv.Itoa(count), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if i.Get(b.Context(), keys[:count]...) == nil {
					b.Fatal("it is gone")
				}
			}
		})
	}
}
