package shared

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/redis"
	"github.com/concierge-gateway/concierge/redis/redistest"
)

// instance is one of those that purge together.
type instance struct {
	*Order
	purges   *purge.Log
	registry *prometheus.Registry
	log      *written
	stop     func()
}

// written is a log.
type written struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *written) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

func (w *written) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// patient are settings by which a busy machine is no failure.
func patient() Config {
	return Config{Wait: 5 * time.Second, Bound: time.Minute, Probe: 50 * time.Millisecond, Retained: 10_000}
}

// prepare makes an instance that does nothing yet.
func prepare(t testing.TB, config Config, servers ...*redistest.Server) *instance {
	t.Helper()
	settings := redis.DefaultConfig()
	for _, server := range servers {
		settings.Addresses = append(settings.Addresses, server.Address)
	}
	client, err := redis.Open(settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	i := &instance{registry: prometheus.NewRegistry(), log: &written{}}
	i.Order = New(config, client, i.registry, slog.New(slog.NewTextHandler(i.log, nil)))
	i.purges = purge.NewLog(1000, i.Order)
	i.purges.Measure(i.registry)
	return i
}

// open begins an instance. It ends with the test.
func open(t testing.TB, config Config, servers ...*redistest.Server) *instance {
	t.Helper()
	i := prepare(t, config, servers...)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { i.Run(ctx, i.purges) })
	i.stop = sync.OnceFunc(func() {
		cancel()
		running.Wait()
	})
	t.Cleanup(i.stop)
	return i
}

// together opens two instances, and waits until each hears of the other's purges.
func together(t testing.TB, config Config, servers ...*redistest.Server) (one, other *instance) {
	t.Helper()
	one, other = open(t, config, servers...), open(t, config, servers...)
	meet(t, one, other)
	return one, other
}

func meet(t testing.TB, all ...*instance) {
	t.Helper()
	for _, i := range all {
		redistest.Await(t, "an instance that is in touch", i.isIn)
	}
}

// isIn reports whether it is in touch, and waits for Redis.
func (i *instance) isIn() bool { return i.purges.InTouch() && i.well.Load() }

// value is something that was fetched.
type value struct {
	since purge.Position
	came  time.Time
	tags  []purge.Tag
}

func (i *instance) fetch(tags ...purge.Tag) value { return value{i.purges.Now(), time.Now(), tags} }

func (i *instance) holds(v value) bool { return i.purges.Holds(v.since, v.came, v.tags) }

// takes reports whether an instance takes what any has left for others.
func (i *instance) takes(v value) bool {
	return i.purges.HoldsShared(purge.Position{Shared: v.since.Shared}, v.tags)
}

// purge says that something was written.
func (i *instance) purge(t testing.TB, tags ...purge.Tag) {
	t.Helper()
	i.purges.Purge(t.Context(), purge.ByWrite, tags...)
}

// ends waits until an instance does not use something any more.
func (i *instance) ends(t testing.TB, v value) {
	t.Helper()
	redistest.Await(t, "the end of a value", func() bool { return !i.holds(v) })
}

// settled waits until all that an instance has told has come back.
func (i *instance) settled(t testing.TB) {
	t.Helper()
	redistest.Await(t, "the return of all messages", func() bool {
		i.out.mu.Lock()
		defer i.out.mu.Unlock()
		return len(i.out.messages) == 0
	})
}

// metric is the sum of a metric's values.
func (i *instance) metric(t testing.TB, name string) (sum float64) {
	t.Helper()
	families, err := i.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			if family.GetName() == name {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return sum
}

// logged is how often the log says something.
func (i *instance) logged(what string) int { return strings.Count(i.log.String(), what) }

// product is what the tests purge.
func product(id int64) purge.Tag { return purge.Record("product", "id", id) }
